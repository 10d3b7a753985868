# Unix domain sockets, one call at a time.     make help    lists the targets.
# For GNU make (3.81 or newer) and BSD make; a C compiler is all it needs.

CFLAGS = -O2 -Wall -Wextra

PROGRAMS = 01-socket/server 02-bind/server 03-listen/server 04-accept/server \
    05-connect/server 05-connect/client 06-readwrite/server \
    06-readwrite/client 07-multiclient/server 07-multiclient/client \
    07-multiclient/server-fork 07-multiclient/server-thread \
    07-multiclient/server-poll 07-multiclient/server-epoll \
    07-multiclient/bench
STAGES = 01 02 03 04 05 06 07
EXERCISE_NUMBERS = 01-1 01-2 01-3 02-1 02-2 02-3 03-1 03-2 03-3 \
    04-1 04-2 04-3 05-1 05-2 06-1 06-2 06-3 06-4 06-5 \
    07-1 07-2 07-3 07-4 07-5 07-6 07-7 07-8 07-9

DEMOS = $(STAGES:%=demo-%)
TESTS = $(STAGES:%=test-%)
WATCHES = $(STAGES:%=watch-%)
TRACES = $(STAGES:%=trace-%)
DIFFS = $(STAGES:%=diff-%)
GRADES = $(EXERCISE_NUMBERS:%=exercise-%)
HINTS = $(EXERCISE_NUMBERS:%=hint-%)

## To learn
##   make             build every program, beside its source
##   make demo        play all seven stages with real processes (demo-04: one)
##   make watch-04    the stage in slow motion: the server, the kernel, the client
##   make trace-04    the stage's system calls (needs strace)
##   make diff-04     what stage 04 adds to stage 03
##   make exercises   what you have done of the exercises, and the next one;
##                    with ALL=1 a table of all
##   make exercise-01-1, hint-01-1    grade one; a hint (LEVEL=2: one more)
##   make doctor      what this machine has, what it lacks, what to do about it
all: $(PROGRAMS)

.SUFFIXES: .c
.c:
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LDLIBS)

07-multiclient/server-thread: 07-multiclient/server-thread.c
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -pthread -o $@ \
	    07-multiclient/server-thread.c $(LDLIBS)

demo $(DEMOS): all
	@tests/commands/demo $@

$(WATCHES):
	@tests/commands/watch $@

$(TRACES): all
	@tests/commands/trace $@

$(DIFFS):
	@tests/commands/diffs $@

exercises:
	@ALL="$(ALL)" tests/commands/exercises list

$(GRADES) $(HINTS):
	@LEVEL="$(LEVEL)" tests/commands/exercises $@

doctor:
	@tests/commands/doctor

##   make bench       our five servers and others that are here, how fast they are
##   make bench-full  the same with more clients and sizes; takes minutes
bench: all
	@CHART=$(CHART) tests/bench/bench quick

bench-full: all
	@CHART=$(CHART) tests/bench/bench full

## To check
##   make test        the programs and the pages; fetches bats if the machine has none
##   make test-04     the tests of one stage
##   make grade       every exercise, as TAP, for a teacher
##   make marks SUBMISSIONS=folder    a class: a table, and a report for each
##   make torture     what takes minutes: races, thousands of starts, every fault
test $(TESTS): all
	@tests/run-bats $@

grade:
	@EXERCISES="$(EXERCISES)" tests/commands/exercises grade

marks:
	@SUBMISSIONS="$(SUBMISSIONS)" REPORTS="$(REPORTS)" ONLY="$(ONLY)" \
	    tests/commands/marks

## To maintain
##   make diffs       write the "What changed" parts of the READMEs anew, and the
##                    list of behaviours in tests/README.md
##   make lint        clang-format, shellcheck, and the compilers at their strictest
##   make prove       the exercises' graders, against right and wrong answers, and
##                    the other tools
##   make patches     the exercises' mistakes follow the solutions they are made
##                    from, and the list of starters follows the starters
##   make sanitize    the tests with ASan and UBSan, server-thread with TSan
##   make portability the programs by each compiler here, POSIX alone, and run
##   make clients     clients in other languages, and behind proxies, at our servers
##   make coverage    which lines and branches the tests run
##   make dist        an archive of the last commit, with its tag in its name;
##                    DIST=folder says where
##   make clean       remove what was built
diffs:
	@tests/commands/diffs --write
	@tests/checks/behaviours --write

lint:
	@tests/checks/lint

prove:
	@tests/commands/exercises prove

patches:
	@tests/exercises/mistakes --patches
	@tests/commands/exercises starters

sanitize:
	@tests/checks/sanitize

portability:
	@tests/checks/portability

clients: all
	@tests/checks/clients

torture: all
	@tests/checks/torture

coverage:
	@tests/checks/coverage

dist:
	@DIST="$(DIST)" tests/checks/dist

clean:
	rm -f $(PROGRAMS)

help:
	@sed -n 's/^## \{0,1\}//p' Makefile

.PHONY: all demo $(DEMOS) test $(TESTS) $(WATCHES) $(TRACES) $(DIFFS) \
    exercises $(GRADES) $(HINTS) doctor bench bench-full grade marks torture \
    diffs lint prove patches sanitize portability clients coverage dist clean help

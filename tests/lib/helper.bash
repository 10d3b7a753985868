# shellcheck shell=bash
#
# What a test loads: `load ../lib/helper`. The functions are in three files:
#
#     play.bash         processes: start one, read its lines, press its keys
#     assertions.bash   what a test expects, and what it needs
#     servers.bash      the programs of the stages, and their clients

bats_require_minimum_version 1.5.0 # `run -1 COMMAND` expects exit status 1

# shellcheck source=tests/lib/play.bash
. "${BASH_SOURCE[0]%/*}/play.bash"
# shellcheck source=tests/lib/assertions.bash
. "${BASH_SOURCE[0]%/*}/assertions.bash"
# shellcheck source=tests/lib/servers.bash
. "${BASH_SOURCE[0]%/*}/servers.bash"

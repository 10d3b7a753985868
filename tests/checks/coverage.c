/*
 * For `make coverage`, linked with -Wl,--wrap=_exit: a program that exits from
 * a signal handler records what it has run, as exit() would do. The calls that
 * record it are not the program's own, so tests/faults/faults.c, where it is
 * preloaded, does not make them fail.
 */
void __gcov_dump(void);
void __real__exit(int status);
void __wrap__exit(int status);
void faults_stop(void) __attribute__((weak));

__attribute__((destructor)) static void stop(void)
{
    if (faults_stop)
        faults_stop();
}

void __wrap__exit(int status)
{
    stop();
    __gcov_dump();
    __real__exit(status);
}

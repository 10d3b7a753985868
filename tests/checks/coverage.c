/*
 * For `make coverage` alone, linked with -Wl,--wrap=_exit: a program that ends
 * in a signal handler writes down what it has run, as exit() would do. The
 * calls by which it is written down are not the program's: tests/faults/faults.c,
 * where it is preloaded, lets them be.
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

/*
 * For `make coverage` alone, linked with -Wl,--wrap=_exit: a program that ends
 * in a signal handler writes down what it has run, as exit() would do.
 */
void __gcov_dump(void);
void __real__exit(int status);
void __wrap__exit(int status);

void __wrap__exit(int status)
{
    __gcov_dump();
    __real__exit(status);
}

/*
 * Solution of 03-1: ioctl() in place of fcntl(). FIONBIO switches O_NONBLOCK on
 * and off, and touches no other flag.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The name of the server. */
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* Prints which call failed, on what and why, and exits. */
static void die(const char *call, const char *what)
{
    fprintf(stderr, "room: %s: %s: %s\n", call, what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* Switches the non-blocking mode of a descriptor on or off. */
static void set_nonblocking(int descriptor, int on)
{
    if (ioctl(descriptor, FIONBIO, &on) == -1)
        die("ioctl", "FIONBIO");
}

/* Connects a client if there is room. Returns 1, or 0. */
static int find_room(int client)
{
    int found = 1;

    set_nonblocking(client, 1);
    if (connect(client, (struct sockaddr *)&address, sizeof address) == -1) {
        if (errno != EAGAIN)
            die("connect", address.sun_path);
        found = 0;
    }
    set_nonblocking(client, 0);
    return found;
}

/* Returns how many clients have found room. */
static int count_room(void)
{
    int room = 0;

    for (;;) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        if (client == -1)
            die("socket", "AF_UNIX");
        if (!find_room(client))
            return room;
        room++;
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) {
        fprintf(stderr, "usage: %s PATH\n", argv[0]);
        return 2;
    }
    strcpy(address.sun_path, argv[1]);
    setvbuf(stdout, NULL, _IOLBF, 0); /* print each line at once */

    printf("room     %d\n", count_room());
    printf("         press Enter to exit\n");
    getchar();
    return EXIT_SUCCESS;
}

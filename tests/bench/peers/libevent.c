/*
 * tests/bench/peers/libevent.c - an echo server with libevent's bufferevents,
 * for `make bench`.
 *
 * Build: cc -O2 -o libevent libevent.c -levent        Run: ./libevent PATH
 */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void came(struct bufferevent *client, void *unused)
{
    (void)unused;
    evbuffer_add_buffer(bufferevent_get_output(client),
                        bufferevent_get_input(client));
}

static void ended(struct bufferevent *client, short what, void *unused)
{
    (void)unused;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        bufferevent_free(client);
}

static void connected(struct evconnlistener *listener, evutil_socket_t socket,
                      struct sockaddr *address, int length, void *base)
{
    (void)listener;
    (void)address;
    (void)length;
    struct bufferevent *client = bufferevent_socket_new(base, socket,
                                                        BEV_OPT_CLOSE_ON_FREE);
    if (client == NULL)
        abort();
    bufferevent_setcb(client, came, NULL, ended, NULL);
    bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char *argv[])
{
    struct event_base *base = event_base_new();
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path)
        return EXIT_FAILURE;
    strcpy(address.sun_path, argv[1]);
    if (evconnlistener_new_bind(base, connected, base, LEV_OPT_CLOSE_ON_FREE,
                                4096, (struct sockaddr *)&address,
                                sizeof address) == NULL)
        return EXIT_FAILURE;
    return event_base_dispatch(base);
}

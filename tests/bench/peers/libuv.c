/*
 * tests/bench/peers/libuv.c - an echo server with libuv, for `make bench`.
 *
 * It does what libuv's manual advises for speed: one buffer for all reads, and
 * uv_try_write() before a request is queued for what did not fit.
 *
 * Build: cc -O2 -o libuv libuv.c -luv        Run: ./libuv PATH
 */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct pending {
    uv_write_t request;
    char data[];
};

static char shared[65536];

static void give_buffer(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    (void)handle;
    (void)size;
    *buffer = uv_buf_init(shared, sizeof shared);
}

static void closed(uv_handle_t *handle)
{
    free(handle);
}

static void written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

static void came(uv_stream_t *client, ssize_t size, const uv_buf_t *buffer)
{
    if (size < 0) {
        uv_close((uv_handle_t *)client, closed);
        return;
    }
    if (size == 0)
        return;
    uv_buf_t rest = uv_buf_init(buffer->base, (unsigned)size);
    int gone = uv_try_write(client, &rest, 1);
    if (gone == size)
        return;
    gone = gone < 0 ? 0 : gone;
    struct pending *pending = malloc(sizeof *pending + (size_t)(size - gone));
    if (pending == NULL)
        abort();
    memcpy(pending->data, buffer->base + gone, (size_t)(size - gone));
    rest = uv_buf_init(pending->data, (unsigned)(size - gone));
    uv_write(&pending->request, client, &rest, 1, written);
}

static void connected(uv_stream_t *listener, int status)
{
    uv_pipe_t *client = malloc(sizeof *client);
    if (status < 0 || client == NULL)
        abort();
    uv_pipe_init(listener->loop, client, 0);
    if (uv_accept(listener, (uv_stream_t *)client) == 0)
        uv_read_start((uv_stream_t *)client, give_buffer, came);
    else
        uv_close((uv_handle_t *)client, closed);
}

int main(int argc, char *argv[])
{
    uv_loop_t *loop = uv_default_loop();
    uv_pipe_t listener;

    if (argc != 2 || uv_pipe_init(loop, &listener, 0) != 0 ||
        uv_pipe_bind(&listener, argv[1]) != 0 ||
        uv_listen((uv_stream_t *)&listener, 4096, connected) != 0)
        return EXIT_FAILURE;
    return uv_run(loop, UV_RUN_DEFAULT);
}

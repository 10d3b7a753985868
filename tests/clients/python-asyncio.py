# tests/clients/python-asyncio.py - an echo client in Python, with asyncio.
# Run: python3 python-asyncio.py PATH echo|half-close|many
# Pitfalls: write() only puts the data into a buffer, without limit; drain() waits for the server.
# If the backlog is full, open_unix_connection() succeeds, although nothing is connected, and
# drain() raises "ConnectionResetError: Connection lost".
import asyncio
import sys


async def send(writer, data, half_close):
    writer.write(data)
    if half_close:
        writer.write_eof()
    await writer.drain()


async def talk(connection, data, half_close=False):
    reader, writer = connection
    receive = reader.read() if half_close else reader.readexactly(len(data))
    _, reply = await asyncio.gather(send(writer, data, half_close), receive)
    writer.close()
    return reply


async def main(path, how):
    data = sys.stdin.buffer.read()
    if how == "many":
        lines = data.splitlines(keepends=True)
        clients = await asyncio.gather(*(asyncio.open_unix_connection(path) for _ in lines))
        return b"".join(await asyncio.gather(*map(talk, clients, lines)))
    return await talk(await asyncio.open_unix_connection(path), data, how == "half-close")


sys.stdout.buffer.write(asyncio.run(asyncio.wait_for(main(*sys.argv[1:]), 10)))

"""Forwards connections to a socket of this machine into a container's network.

`nsenter --net=/proc/PID/ns/net python forwarding.py FD PORT`: the socket was opened outside; what
is connected to is inside, where nothing but loopback exists.
"""

import asyncio
import socket
import sys


async def _forward(listener: socket.socket, port: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

    server = await asyncio.start_server(answer, sock=listener)
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(_forward(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])))

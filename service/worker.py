"""One worker: ``python -m service.worker --fd N``, started by ``service.server``.

It answers requests on an inherited listening socket, and ends with the process that started it.
"""

import os
import signal
import socket
import sys
from threading import Thread

import click
import uvicorn

from service.app import Attune


@click.command()
@click.option("--fd", type=int, required=True, help="Descriptor of the listening socket.")
def work(fd: int) -> None:
    """Answer requests until SIGTERM, or until standard input ends."""
    Thread(target=_end_with_supervisor, daemon=True).start()
    config = uvicorn.Config(
        Attune.to_asgi(),
        lifespan="on",
        server_header=False,
        access_log=False,
        log_config=None,  # service.observability.logs configures logging
    )
    uvicorn.Server(config).run([socket.socket(fileno=fd)])


def _end_with_supervisor() -> None:
    """Stop this process when the supervisor's end of standard input closes.

    The system closes it even if the supervisor is killed; a remaining worker would keep the port.
    """
    os.read(sys.stdin.fileno(), 1)  # unbuffered: a blocked buffer would keep Python from ending
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    work()

"""One worker, started by ``service.server``.

It answers requests on the supervisor's listening socket, and ends with the supervisor.
"""

import gc
import os
import signal
import socket
import sys
from multiprocessing.connection import Connection
from threading import Thread

from service.settings import Settings

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that the supervisor handles; blocked while it starts a worker."""


def preload(settings: Settings) -> None:
    """Import what a worker uses, so that forked workers share its memory and start quickly."""
    import alembic.command  # noqa: F401
    import bentoml
    import uvicorn.lifespan.on
    import uvicorn.loops.auto  # noqa: F401

    import service.http.connections  # noqa: F401
    from models.jit.loops import prepare_loops
    from service.application import options
    from service.observability.logs import configure

    configure(settings.log, settings.log_level)
    nothing = bentoml.service(type("Nothing", (), {}), **options(settings))
    nothing.to_asgi()  # imports some 400 modules
    prepare_loops()
    gc.collect()
    gc.freeze()  # a collection in a worker would write to every shared page


def work(listener: socket.socket, lifeline: tuple[Connection, Connection]) -> None:
    """Answer requests until SIGTERM, or until the supervisor ends.

    Args:
        listener: The socket on which all workers answer.
        lifeline: Two ends of a pipe; the supervisor keeps the second open until it ends.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    os.setsid()  # Linux shares CPU time between sessions, and Ctrl-C is the supervisor's
    lifeline[1].close()
    Thread(target=_end_with_supervisor, args=lifeline[:1], daemon=True).start()
    try:
        _answer(listener)
    except Exception:  # noqa: BLE001  # logged as elsewhere, in the configured form
        sys.excepthook(*sys.exc_info())
        sys.exit(1)


def _answer(listener: socket.socket) -> None:
    import uvicorn  # slow to import, and the supervisor does not need it

    from service.app import Attune

    config = uvicorn.Config(
        Attune.to_asgi(),
        lifespan="on",
        server_header=False,
        access_log=False,
        log_config=None,  # service.observability.logs configures logging
    )
    uvicorn.Server(config).run([listener])


def _end_with_supervisor(lifeline: Connection) -> None:
    """Stop this process when the supervisor's end of the pipe closes.

    The system closes it even if the supervisor is killed; a remaining worker would keep the port.
    """
    lifeline.poll(None)
    os.kill(os.getpid(), signal.SIGTERM)

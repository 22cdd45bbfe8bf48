"""The application behind uvicorn, in a process of its own whose costs can be measured.

Run as ``python -m tests.http.server_process PORT``; the settings are those of the environment.
"""

import os
import sys

import uvicorn

from service.application import Application
from service.http.connections import BoundedConnection
from service.settings import Settings


def main(port: int) -> None:
    application = Application(Settings.from_env(os.environ))
    application.start()
    uvicorn.run(application.asgi, port=port, http=BoundedConnection, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))

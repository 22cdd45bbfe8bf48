"""``python -m service``: serve, say where when it is ready, and end tidily.

With a verb it does something else, such as registering the tracks of a library.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from http import HTTPStatus

from sqlalchemy import make_url

from models.errors import AttuneError
from service.cli import backup, database, keys, library, reload, replay
from service.cli.options import chosen
from service.keys import HOW_TO_SHUT
from service.logs import line
from service.server import Server, reached_at, usable
from service.settings import Settings, SettingsError

COMMANDS = (library, database, keys, replay, reload, backup)
"""The verbs, in the order of the help."""

_BANNER = """
Attune is ready.

  pages     {url}  (try it, label music, see yourself)
  docs      {url}/docs
  database  {database}
  door      {door}

Try it:

  curl -s {url}/predict -H 'Content-Type: application/json' \\
    -d '{{"lyrics": "The sun is up, the road is long, and everybody sings along"}}'

`make demo`, in another terminal, registers 28 tracks of freely licensed music to label.
Ctrl-C stops the service.

"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped, or do what a verb says; return the exit status."""
    told = _parser().parse_args(arguments)
    try:
        settings = chosen(Settings.from_env(os.environ), told)
        status: int = told.run(told, settings)
    except (AttuneError, SettingsError, OSError, OverflowError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=3000, help="port (default: %(default)s)")
    parser.set_defaults(run=_serve)
    verbs = parser.add_subparsers(dest="verb", metavar="[verb]")
    for command in COMMANDS:
        command.add(verbs)
    return parser


def _serve(told: argparse.Namespace, settings: Settings) -> int:
    host = usable(told.host, told.port)
    server = Server(host, told.port, longest_s=settings.timeout_s)
    url = _url(reached_at(host), told.port)

    def ready() -> str:
        door = _door(server.keyless_status())
        if settings.log == "json":
            return line("Attune is ready.", url=url, door=door) + "\n"
        return _banner(url, settings.database_url, door)

    return server.run(ready)


def _door(keyless_status: int | None) -> str:
    if keyless_status == HTTPStatus.OK:
        return f"open to this machine only. {HOW_TO_SHUT}"
    if keyless_status == HTTPStatus.UNAUTHORIZED:
        return "a key is needed: python -m service keys list"
    return f"shut to everybody. {HOW_TO_SHUT}"


def _url(reached: str, port: int) -> str:
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _banner(url: str, database_url: str, door: str) -> str:
    shown = make_url(database_url).render_as_string()
    return _BANNER.format(url=url, database=shown, door=door)


if __name__ == "__main__":
    sys.exit(main())

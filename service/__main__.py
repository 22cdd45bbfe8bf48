"""``python -m service``: serve, and say where when it is ready."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

_POLL_S = 0.3
_STARTING_S = 120
_BANNER = """
Attune is ready.

  docs      {url}/docs
  database  {database}

Try it:

  curl -s {url}/predict -H 'Content-Type: application/json' \\
    -d '{{"lyrics": "The sun is up, the road is long, and everybody sings along"}}'

`make demo`, in another terminal, registers 28 tracks of freely licensed music. Ctrl-C stops the service.

"""


def main() -> int:
    """Serve until stopped; return the server's exit status."""
    parser = argparse.ArgumentParser(prog="python -m service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=3000, help="port (default: %(default)s)")
    told = parser.parse_args()
    environ = {"BENTOML_DO_NOT_TRACK": "True"} | os.environ
    address = ["--host", told.host, "--port", str(told.port)]
    command = [sys.executable, "-m", "bentoml", "serve", "service.app:Attune", *address]
    server = subprocess.Popen(command, env=environ)  # noqa: S603 - our own command

    def pass_on(number: int, _: FrameType | None) -> None:
        server.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    # Ctrl-C reaches the whole group by itself; here it must only not kill us before the server is done.
    signal.signal(signal.SIGINT, lambda *_: None)
    announcer = threading.Thread(
        target=_announce, args=(server, told.host, told.port), daemon=True
    )
    announcer.start()
    return server.wait()


def _announce(server: subprocess.Popen[bytes], host: str, port: int) -> None:
    """Print the banner once the service answers that it is ready."""
    url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + _STARTING_S
    while server.poll() is None and time.monotonic() < deadline:
        if _is_ready(url):
            database = os.environ.get(
                "ATTUNE_DATABASE_URL", f"sqlite in {Path('.attune').resolve()}"
            )
            sys.stdout.write(_BANNER.format(url=url, database=database))
            sys.stdout.flush()
            return
        time.sleep(_POLL_S)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310 - our own http address
            return bool(answer.status == 200)  # noqa: PLR2004
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    sys.exit(main())

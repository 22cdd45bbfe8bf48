"""``python -m service`` without a command: serve."""

from functools import partial
from http import HTTPStatus

from sqlalchemy import make_url

from service.addresses import Address
from service.auth.api_keys import HOW_TO_REQUIRE_KEYS, UNSEEN_PROXIES
from service.observability.logs import line
from service.server import Server, listening
from service.settings import Settings
from service.worker import preload

_BANNER = """
Attune is ready.

  pages     {url}  (try it, label music, see yourself)
  docs      {url}/docs
  database  {database}
  access    {access}

Try it:

  curl -s {url}/predict -H 'Content-Type: application/json' \\
    -d '{{"lyrics": "The sun is up, the road is long, and everybody sings along"}}'

`make demo`, in another terminal, registers 28 tracks of freely licensed music to label.
Ctrl-C stops the service.

"""

_UNDER_ACCESS = f"\n{' ' * 12}"


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve until stopped and return the server's exit status.

    Raises:
        OSError: The address cannot be used.
    """
    listener = listening(host, port)
    url = f"http://{Address(*listener.getsockname()[:2]).reached_at()}"
    server = Server(
        listener,
        n_workers=settings.workers,
        longest_s=settings.timeout_s,
        preload=partial(preload, settings),
    )

    def ready() -> str:
        access = _access(server.keyless_status())
        if settings.log == "json":
            return line("Attune is ready.", url=url, door=access.replace("\n", ". ")) + "\n"
        return _banner(url, settings.database_url, access)

    return server.run(ready)


def _access(keyless_status: int | None) -> str:
    if keyless_status == HTTPStatus.OK:
        return f"open to this machine only. {HOW_TO_REQUIRE_KEYS}\n{UNSEEN_PROXIES}"
    if keyless_status == HTTPStatus.UNAUTHORIZED:
        return "a key is needed: python -m service keys list"
    return f"closed to all requests. {HOW_TO_REQUIRE_KEYS}"


def _banner(url: str, database_url: str, access: str) -> str:
    shown = make_url(database_url).render_as_string()
    return _BANNER.format(url=url, database=shown, access=access.replace("\n", _UNDER_ACCESS))

"""``health``: ask a running service whether it is ready."""

import os
from http import HTTPStatus

import click

from models.errors import AttuneError
from service.addresses import Address, bentoml_home, get, running

_TIMEOUT_S = 4.0


@click.command()
@click.option("--host", help="Address of the service.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of the service.")
def health(host: str | None, port: int | None) -> None:
    """Return status 0 if the running service is ready to answer.

    Without options it asks the service that runs with the same BENTOML_HOME, on whatever port.
    """
    asked = _asked(host, port)
    try:
        status, body = get(asked, "/readyz", _TIMEOUT_S)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AttuneError(f"http://{asked}/readyz does not answer: {reason}.") from error
    if status != HTTPStatus.OK:
        raise AttuneError(f"http://{asked}/readyz answers {status}: {body.strip()}")


def _asked(host: str | None, port: int | None) -> Address:
    """Return the address of the only running service that fits the options."""
    home = bentoml_home(os.environ)
    found = [
        each.reached_at()
        for each in running(home)
        if host in (None, each.host, each.reached_at().host) and port in (None, each.port)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(map(str, found))
        raise AttuneError(f"Several services run: {listed}. Name one by --host and --port.")
    if port is None:
        where = "" if host is None else f" on {host}"
        raise AttuneError(f"No service with its files in {home} runs{where}. Name its --port.")
    return Address(host or "127.0.0.1", port)

"""Applications with settings of their own, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from service.settings import Settings
from tests.http.conftest import HERE
from tests.http.samples import MAX_AUDIO_S


@contextmanager
def serving(**settings: str) -> Iterator[TestClient]:
    """Start an application and yield a client of it; at the end it is closed."""
    from service.application import Application  # slow to import

    chosen = {"ATTUNE_CALIBRATE": "never", "ATTUNE_MAX_AUDIO_S": str(MAX_AUDIO_S)}
    application = Application(Settings.from_env(chosen | settings))
    application.start()
    try:
        yield TestClient(application.asgi, raise_server_exceptions=False, **HERE)
    finally:
        application.close()

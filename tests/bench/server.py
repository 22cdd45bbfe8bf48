"""The service with one more API, which does nothing: the floor under every other."""

import os

import bentoml
from pydantic import BaseModel

from service.app import Attune
from service.settings import Settings
from service.transport.bento import AttuneService
from service.transport.body import Body

SETTINGS = Settings.from_env(os.environ)


class Nothing(Body):
    """An empty object."""


class NothingBack(BaseModel):
    """An empty object."""


@bentoml.service(
    name="bench",
    service_class=AttuneService,
    threads=SETTINGS.threads,
    traffic={"timeout": SETTINGS.timeout_s},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)
class Bench(Attune.inner):
    """Attune, and an API that reads a body and answers at once."""

    @bentoml.api(route="/empty")
    def empty(self, body: Nothing, /) -> NothingBack:
        """Do nothing."""
        del body
        return NothingBack()


Bench.gate = Attune.gate
Bench.mount_apps = Attune.mount_apps

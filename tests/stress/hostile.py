"""Hostile callers: the attacks that a security pass found to succeed, each tried again."""

import time
from collections.abc import Callable
from dataclasses import replace

from tests import signals
from tests.stress import hostile_bombs, hostile_load, hostile_machine, hostile_requests
from tests.stress.keys import ADMIN, Kind, make_keys
from tests.stress.plan import Plan
from tests.stress.table import Row
from tests.stress.target import TRACK, Target
from tests.stress.wire import form

Attack = Callable[[Plan, Target], list[Row]]

KEYLESS: tuple[Attack, ...] = (
    hostile_requests.passed_on,
    hostile_requests.foreign_pages,
    hostile_requests.trailed_hosts,
)
KEYED: tuple[Attack, ...] = (
    hostile_machine.ports,
    hostile_requests.trailers_and_doubles,
    hostile_requests.dates_and_others,
    hostile_requests.revoked_meanwhile,
    hostile_machine.files,
    hostile_load.bodies,
    hostile_load.readers,
    hostile_load.work,
    hostile_bombs.grow,  # last: what a worker has allocated once it may keep
)
"""In the order of what they leave behind."""

KINDS: dict[str, Kind] = {
    "admin": ((ADMIN,), None),
    "app": (("predict", "label"), None),
    "greedy": (("predict",), None),
    "revoked": (("label",), None),
    "one listener": (("predict", "label"), hostile_requests.OWN_USER),
}
"""Keys that the attacks need, by what they call them."""


def attack(plan: Plan) -> list[Row]:
    """Try every attack on one worker, before there is a key and then with keys.

    One worker: a second one would answer while the first is stuck.
    """
    folder = plan.folder.resolve() / "hostile"
    folder.mkdir()
    settings = {
        "ATTUNE_AUDIO": str(folder / "audio"),
        "BENTOML_HOME": str(folder / "bentoml"),
    }
    with plan.served(f"sqlite:///{folder / 'attune.db'}", workers=1, settings=settings) as served:
        target = Target(served, folder)
        sound = signals.encoded(signals.tone(seconds=1.0))
        put = form(f"/tracks/{TRACK}", {"audio": sound}).replace(b"POST", b"PUT", 1)
        registered = target.ask(put)
        plan.say(f"a track is registered: {registered.status}")
        rows = _tried(plan, target, KEYLESS)
        return rows + _tried(plan, replace(target, keys=make_keys(served, KINDS)), KEYED)


def _tried(plan: Plan, target: Target, attacks: tuple[Attack, ...]) -> list[Row]:
    rows = []
    for each in attacks:
        began = time.monotonic()
        rows += each(plan, target)
        plan.say(f"{each.__module__}.{each.__name__}: {time.monotonic() - began:.1f} s")
    return rows

"""Ten thousand audio files that were tampered with, and bombs; decoders are written in C."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from tests.stress import mutants
from tests.stress.gauges import Gauges, pids
from tests.stress.keys import ADMIN, bearer, make_key
from tests.stress.plan import SQLITE, Bound, Plan
from tests.stress.table import Row
from tests.stress.wire import Answer, BrokenConnectionError, Line, form

NAME = "audio"
DATABASES = (SQLITE,)  # an upload that is predicted touches none
BOUND = Bound(full_s=1800, short_s=60)
N_CONNECTIONS = 8
DEADLINE_S = 30
MORE_MB = 640
"""By how much memory may grow: eight recordings of ten minutes are decoded at the same time, and
`models.audio.decoding` takes 8 MB a minute."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Which files to send, and where those are kept that are answered wrongly."""

    port: int
    headers: Mapping[str, str]
    folder: Path
    n_files: int
    bomb_s: float


@dataclass(slots=True)
class Outcome:
    """What was answered.

    Attributes:
        wrong: Files that met anything but a success or a refusal.
        formats: How many files there were, by what they began as.
    """

    codes: Counter[str] = field(default_factory=Counter)
    formats: Counter[str] = field(default_factory=Counter)
    took_s: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def run(plan: Plan) -> list[Row]:
    """Send them all."""
    longest_s = plan.size(600, 60)
    settings = {"ATTUNE_MAX_AUDIO_S": str(longest_s), "ATTUNE_TIMEOUT_S": str(DEADLINE_S)}
    with plan.served(plan.new_database(), workers=2, settings=settings) as served:
        headers = bearer(make_key(served, ADMIN))
        orders = Orders(
            served.port,
            headers,
            plan.folder,
            plan.size(10_000, 200),
            2.0 * longest_s,
        )
        before = pids(served)
        with (
            Gauges(served, each_s=plan.size(1.0, 0.2)) as gauges,
            ProcessPoolExecutor(1, get_context("spawn")) as pool,
        ):
            outcome = pool.submit(drive, orders).result()
        died = before - pids(served)
    for each in outcome.wrong:
        plan.say(each)
    return [*_found(plan, outcome), *_borne(plan, outcome, gauges, len(died))]


def _found(plan: Plan, outcome: Outcome) -> list[Row]:
    told = ", ".join(f"{n:,} x {code}" for code, n in outcome.codes.most_common())
    return [
        plan.stated("files", f"{sum(outcome.formats.values()):,}, seed {mutants.SEED}"),
        plan.stated("formats", f"{len(mutants.originals())}"),
        plan.stated("bombs among them", f"{outcome.formats['bomb']}"),
        plan.stated("answers", told),
        plan.exactly("answers but a success or a refusal", len(outcome.wrong)),
    ]


def _borne(plan: Plan, outcome: Outcome, gauges: Gauges, n_died: int) -> list[Row]:
    before_mb = gauges.readings[0].rss_mb
    return [
        plan.exactly("workers that died", n_died),
        plan.at_most("slowest answer", max(outcome.took_s), DEADLINE_S, "s"),
        plan.stated("memory of the workers before", f"{before_mb:,.0f} MB"),
        plan.at_most("growth at the peak", gauges.peak_mb - before_mb, MORE_MB, "MB"),
    ]


def drive(orders: Orders) -> Outcome:
    """Send what is ordered, over several connections."""
    return asyncio.run(_drive(orders))


async def _drive(orders: Orders) -> Outcome:
    outcome = Outcome()
    files = _files(orders)
    await asyncio.gather(*(_talk(orders, files, outcome) for _ in range(N_CONNECTIONS)))
    return outcome


def _files(orders: Orders) -> Iterator[tuple[str, str, bytes]]:
    """Return what each file is called, what it began as, and the file.

    Bombs take seconds to make: they are made before the first file is sent.
    """
    whole = [(f"{name} as it was", name, file) for name, file in mutants.originals().items()]
    bombs = [(name, "bomb", file) for name, file in mutants.bombs(orders.bomb_s).items()]
    return chain(whole, bombs, map(_numbered, range(orders.n_files)))


def _numbered(number: int) -> tuple[str, str, bytes]:
    name, file = mutants.mutant(number)
    return f"mutant {number}", name, file


async def _talk(orders: Orders, files: Iterator[tuple[str, str, bytes]], outcome: Outcome) -> None:
    line = Line(orders.port, resends=True)
    for called, name, file in files:  # every connection takes the next
        outcome.formats[name] += 1
        sent = form("/predict", {"audio": file}, headers=orders.headers)
        started = time.monotonic()
        try:
            answer = await line.ask(sent)
        except BrokenConnectionError as error:
            _keep(orders.folder, called, file, outcome, str(error))
            continue
        outcome.took_s.append(time.monotonic() - started)
        code = _code(answer)
        outcome.codes[code] += 1
        if not answer.is_success and not 400 <= answer.status < 500:
            _keep(orders.folder, called, file, outcome, code)
    line.close()


def _code(answer: Answer) -> str:
    if answer.is_success:
        return str(answer.status)
    return f"{answer.status} {json.loads(answer.body).get('code')}"


def _keep(folder: Path, called: str, file: bytes, outcome: Outcome, what: str) -> None:
    path = folder / called.replace(" ", "-")
    path.write_bytes(file)
    outcome.wrong.append(f"{called}: {what}; kept as {path}")

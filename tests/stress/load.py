"""A thousand connections send twice as many calls as the service can answer; then, uploads."""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from tests.journey.servers import ROOT, Served
from tests.stress import isolation
from tests.stress.clients import Workload
from tests.stress.context import BOTH, Context
from tests.stress.keys import admin
from tests.stress.monitor import Monitor, Probes
from tests.stress.report import Row

DATABASES = BOTH
LIMIT_S = 480.0, 240.0
KINDS = ("predict", "update", "query", "lyrics", "upload")
BUSY = ("429", "503")
FEW = 64
"""Connections that measure the capacity: enough that no worker ever waits."""
FEW_SLOTS = "16"
"""Calls in progress at a time, in a short run: else a hundred connections are not too many."""
TRACKS = Workload(n_clients=1, n_posts=0, n_users=400, n_tracks=60)
STOP_S = 90.0
"""How long the last answers may take."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Locust's statistics, by kind of call and status.

    Attributes:
        entries: ``num_requests``, ``num_failures`` and ``response_times``, a histogram in
            milliseconds, of each ``name``.
    """

    entries: Sequence[Mapping]

    @property
    def first_s(self) -> float:
        """When the first call was sent, in seconds since the epoch."""
        return min(each["start_time"] for each in self.entries)

    @property
    def last_s(self) -> float:
        """When the last answer came."""
        return max(each["last_request_timestamp"] for each in self.entries)

    @property
    def seconds(self) -> float:
        return self.last_s - self.first_s

    @property
    def n_sent(self) -> int:
        return sum(each["num_requests"] for each in self.entries)

    @property
    def statuses(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for each in self.entries:
            found[each["name"].split()[1]] += each["num_requests"]
        return found

    @property
    def n_accepted(self) -> int:
        return sum(n for status, n in self.statuses.items() if status[0] == "2")

    @property
    def n_refused(self) -> int:
        return sum(self.statuses[status] for status in BUSY)

    @property
    def n_wrong(self) -> int:
        """Answers but success, 429 or 503 with Retry-After; broken connections do not count."""
        return sum(each["num_failures"] for each in self.entries) - self.statuses["broken"]

    def percentiles(self, kinds: Sequence[str], statuses: Sequence[str]) -> str:
        """Return the median and the 99th percentile of some calls."""
        times: Counter[int] = Counter()
        for each in self.entries:
            kind, status = each["name"].split()
            if kind in kinds and status.startswith(tuple(statuses)):
                times.update({int(float(ms)): n for ms, n in each["response_times"].items()})
        if not times:
            return "none"
        ordered = sorted(times.elements())
        low, high = (ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.99))
        return f"{low:,} / {high:,} ms"


@dataclass(frozen=True, slots=True)
class Load:
    """Calls to one service.

    Attributes:
        rate: Calls a second over all connections; None sends each after the last answer.
    """

    name: str
    n_connections: int
    seconds: float
    rate: float | None = None

    def run(self, context: Context, served: Served, headers: Mapping[str, str]) -> Outcome:
        """Run locust in a process of its own."""
        place = context.folder.resolve() / self.name
        command = [
            *(sys.executable, "-m", "locust", "--headless", "--host", served.url),
            *("-f", str(ROOT / "tests" / "stress" / "locustfile.py")),
            *("--users", str(self.n_connections), "--spawn-rate", str(self.n_connections)),
            *("--run-time", f"{self.seconds:.0f}s", "--stop-timeout", f"{STOP_S:.0f}"),
            *("--json-file", str(place), "--exit-code-on-error", "0"),
        ]
        per_user = self.rate / self.n_connections if self.rate else 0.0
        environ = os.environ | {
            "PYTHONPATH": str(ROOT),
            "CALLS_A_SECOND": str(per_user),
            "AUTHORIZATION": headers["Authorization"],
        }
        with place.with_suffix(".log").open("w") as log:
            process = psutil.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
            try:
                status = process.wait(self.seconds + 2 * STOP_S)
            finally:
                if process.is_running():
                    process.send_signal(signal.SIGKILL)
        assert status == 0, place.with_suffix(".log").read_text()
        return Outcome(json.loads(place.with_suffix(".json").read_text()))


def capacity(
    context: Context, served: Served, headers: Mapping[str, str], seconds: float
) -> float:
    """Return how many calls a second the service answers without being overloaded."""
    Load("warm-up", FEW, context.size(5.0, 1.0)).run(context, served, headers)
    calm = Load("calm", FEW, seconds).run(context, served, headers)
    return calm.n_accepted / calm.seconds


def run(context: Context) -> list[Row]:
    """Measure the capacity, and send twice as much."""
    settings = {"ATTUNE_MAX_CONCURRENCY": FEW_SLOTS} if context.is_short else {}
    with context.served(context.new_database(), settings=settings) as served:
        headers = admin(served)
        TRACKS.register(served.port, headers)
        can = capacity(context, served, headers, context.size(20.0, 3.0))
        context.log(f"answers {can:.0f} calls a second; more are sent")
        load = Load(
            "overload",
            context.size(1_000, 100),
            context.size(60.0, 8.0),
            context.size(2.0, 4.0) * can,
        )
        with Monitor(served) as monitor, Probes(served.port) as probes:
            outcome = load.run(context, served, headers)
    n_open = max(each.n_files for each in monitor.readings) - monitor.readings[0].n_files
    return [
        context.figure("capacity, mixed calls", f"{can:.0f} a second"),
        context.at_least(
            "sent, of the capacity", outcome.n_sent / load.seconds / can, context.size(1.8, 1.0)
        ),
        context.at_least("refused, so that it was too much", outcome.n_refused, 1),
        context.figure("connections", f"{load.n_connections:,}"),
        context.figure("more files open than before, at most", f"{n_open:,.0f}"),
        *answers(context, outcome),
        context.at_least(
            "answered, of the capacity",
            outcome.n_accepted / outcome.seconds / can,
            context.size(0.5, 0.2),
        ),
        context.none_of("probes that failed", probes.failures),
        context.figure("slowest probe", f"{max(probes.took_s):.2f} s of {len(probes.took_s)}"),
        context.figure("memory of the workers before", f"{monitor.before_mb:,.0f} MB"),
        context.at_most(
            "peak of their memory, of that before", monitor.peak_mb / monitor.before_mb, 1.5
        ),
        context.equal("workers that died", monitor.n_died),
        *isolation.rows(context),
    ]


def answers(context: Context, outcome: Outcome) -> list[Row]:
    """Return the rows about answers and their times."""
    by_status = ", ".join(f"{n:,} x {status}" for status, n in sorted(outcome.statuses.items()))
    return [
        context.figure("answers", by_status),
        context.figure("accepted", f"{outcome.n_accepted / outcome.n_sent:.0%}"),
        context.equal("answers but success, 429 or 503 with Retry-After", outcome.n_wrong),
        context.equal("connections broken", outcome.statuses["broken"]),
        context.figure("accepted calls, p50 / p99", outcome.percentiles(KINDS, ["2"])),
        *(
            context.figure(f"accepted {kind}, p50 / p99", outcome.percentiles([kind], ["2"]))
            for kind in KINDS
        ),
        context.figure("refused calls, p50 / p99", outcome.percentiles(KINDS, BUSY)),
    ]

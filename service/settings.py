"""Settings: all that an operator may choose, read once from ``ATTUNE_*`` environment variables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from os.path import lexists
from pathlib import Path
from typing import Any

PREFIX = "ATTUNE_"
_PROJECT = Path(__file__).resolve().parents[1]
_RELATIVE = "; a relative path starts at the project."
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?")
LEAST_RATE = 0.01
"""Requests a second."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Not ours: BentoML gives it to its workers, and Prometheus' client keeps their counters there."""
_CLIENTS = frozenset({"ATTUNE_KEY", "ATTUNE_URL"})
"""Not ours either, though they begin like ours: clients read them."""


class SettingsError(ValueError):
    """The environment says something that cannot be served."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table of settings.

    Attributes:
        name: The environment variable.
        default: What it is when it is not set, as one would write it.
        meaning: A sentence for the operator.
        read: Turns the text into the value.
        least: The smallest number allowed, where it is one.
    """

    name: str
    default: str
    meaning: str
    read: Callable[[str], Any] = str
    least: float | None = None

    @property
    def field(self) -> str:
        """The attribute of `Settings` that holds the value."""
        return self.name.removeprefix(PREFIX).lower()

    def value(self, environ: Mapping[str, str]) -> Any:
        """Return the value in this environment.

        Raises:
            SettingsError: It is not what the setting takes.
        """
        text = environ.get(self.name, self.default)
        try:
            value = self.read(text)
        except ValueError as error:
            raise SettingsError(f"{self.name} is {text!r}; it cannot be read: {error}.") from error
        too_small = self.least is not None and value is not None and value < self.least
        if too_small:
            raise SettingsError(f"{self.name} is {text}; it must be at least {self.least:g}.")
        return value


def _in_project(text: str) -> Path:
    return _PROJECT / text  # an absolute path stays what it is


def _optional_in_project(text: str) -> Path | None:
    return _in_project(text) if text else None


def _share(text: str) -> float:
    if not 0 <= (share := float(text)) <= 1:
        raise ValueError("a number in [0, 1] is needed")
    return share


def _optional_path(text: str) -> Path | None:
    return Path(text) if text else None


def _optional_int(text: str) -> int | None:
    return int(text) if text else None


def _optional_rate(text: str) -> float | None:
    return _finite(text) if text else None


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(origin.strip() for origin in text.split(",") if origin.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"{origin!r} is no origin; each is written out, as https://app.example or "
                "http://localhost:8080"
            )
    return origins


def _one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"known are {', '.join(known)}")
        return text

    return read


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("a finite number is needed")
    return number


TABLE = (
    Setting(
        "ATTUNE_DATABASE_URL",
        "sqlite:///.attune/attune.db",
        "SQLAlchemy URL of the database that keeps tracks and labels: SQLite's file, or "
        "`postgresql://user:password@host/name`.",
    ),
    Setting(
        "ATTUNE_MIGRATE",
        "start",
        "When the database is brought to the schema of this release: at the `start`, or `never` "
        "but by `python -m service migrate`.",
        _one_of("start", "never"),
    ),
    Setting(
        "ATTUNE_REPLICAS",
        "1",
        "Machines or containers that serve one database; more than one need PostgreSQL.",
        int,
        1,
    ),
    Setting(
        "ATTUNE_CACHE",
        "",
        "Folder on this machine's disk for what can be computed again; when empty, beside "
        "SQLite's file, or `.attune`.",
        _optional_path,
    ),
    Setting(
        "ATTUNE_SNAPSHOT",
        "models/pretrained",
        f"Folder of the snapshot that is served{_RELATIVE}",
        _in_project,
    ),
    Setting(
        "ATTUNE_CANDIDATE",
        "",
        f"Folder of a second snapshot, tried beside the first; none while nothing is there"
        f"{_RELATIVE}",
        _optional_in_project,
    ),
    Setting(
        "ATTUNE_CANDIDATE_SHARE",
        "0",
        "Share of users, from 0 to 1, whom the second snapshot answers; by their ids, so that one "
        "and the same user always gets the same.",
        _share,
    ),
    Setting("ATTUNE_WEIGHTS", "models/weights", f"Folder of the encoders{_RELATIVE}", _in_project),
    Setting("ATTUNE_MAX_BODY_BYTES", "67108864", "Largest upload, in bytes.", int, 1024),
    Setting("ATTUNE_MAX_JSON_BYTES", "8388608", "Largest JSON body, in bytes.", int, 1024),
    Setting("ATTUNE_MAX_AUDIO_S", "3600", "Longest recording, in seconds.", _finite, 1),
    Setting("ATTUNE_THREADS", "4", "Requests that one worker computes at the same time.", int, 1),
    Setting("ATTUNE_WORKERS", "1", "Worker processes.", int, 1),
    Setting(
        "ATTUNE_TIMEOUT_S",
        "120",
        "Seconds after which a call that hears audio, or takes much at once, is given up.",
        _finite,
        1,
    ),
    Setting(
        "ATTUNE_QUICK_TIMEOUT_S",
        "10",
        "Seconds after which any other call is given up.",
        _finite,
        1,
    ),
    Setting(
        "ATTUNE_MAX_CONCURRENCY",
        "",
        "Requests in progress, over all workers, beyond which more are refused; when empty, 16 "
        "for each thread of each worker.",
        _optional_int,
        1,
    ),
    Setting(
        "ATTUNE_RATE",
        "",
        "Requests that an API key may make a second, over all workers of a machine; any number "
        "if empty.",
        _optional_rate,
        LEAST_RATE,
    ),
    Setting(
        "ATTUNE_CORS_ORIGINS",
        "",
        "Origins of web pages that may call, by comma, such as `https://app.example`; none if "
        "empty.",
        _origins,
    ),
    Setting(
        "ATTUNE_LOG",
        "text",
        "How log lines are written to standard error: `text` for people, `json` for machines.",
        _one_of("text", "json"),
    ),
    Setting(
        "ATTUNE_LOG_LEVEL",
        "info",
        "How much is logged: `debug`, `info`, `warning` or `error`.",
        _one_of("debug", "info", "warning", "error"),
    ),
    Setting(
        "ATTUNE_SEED",
        "",
        "Seed of random queries, which then repeat; drawn from the system when empty.",
        _optional_int,
        0,
    ),
    Setting(
        "ATTUNE_PERSONALISER",
        "gaussian",
        "How a listener's answers are learnt: `gaussian` (level and taste in a Gaussian model of "
        "valence and arousal), `committee` (every member, from all answers) or `committee-newest` "
        "(every member, each call's answers on top of what the calls before have left).",
    ),
    Setting(
        "ATTUNE_AUDIO",
        "",
        "Folder in which the audio of registered tracks is kept, so that it can be heard on "
        "`/annotate`; several replicas must share it. When empty, no audio is kept.",
        _optional_path,
    ),
    Setting(
        "ATTUNE_LISTEN_S",
        "5",
        "Seconds of a track that are heard on `/annotate` before it can be answered.",
        _finite,
        0,
    ),
    Setting(
        "ATTUNE_EMOTION",
        "perceived",
        "What `/annotate` asks for: the emotion that is `perceived` in the music, or `felt`.",
        _one_of("perceived", "felt"),
    ),
    Setting(
        "ATTUNE_REPEAT_SHARE",
        "0.067",
        "Share of the questions on `/annotate`, from 0 to 1, that repeat an earlier one, so that "
        "a listener's consistency is known.",
        _share,
    ),
)
"""Every setting, in the order of the documentation."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator chose; `TABLE` says what each means.

    Attributes:
        metrics_folder: Where workers leave their counters for each other, or None when this
            process is alone.
    """

    database_url: str
    migrate: str
    replicas: int
    cache: Path | None
    snapshot: Path
    candidate: Path | None
    candidate_share: float
    weights: Path
    max_body_bytes: int
    max_json_bytes: int
    max_audio_s: float
    threads: int
    workers: int
    timeout_s: float
    quick_timeout_s: float
    max_concurrency: int | None
    rate: float | None
    cors_origins: tuple[str, ...]
    log: str
    log_level: str
    seed: int | None
    personaliser: str
    audio: Path | None
    listen_s: float
    emotion: str
    repeat_share: float
    metrics_folder: Path | None

    @property
    def snapshots(self) -> list[Path]:
        """The folders of the snapshots to serve, the candidate's last; absent, it is none.

        A link without an end is not absent: whoever made it meant something.
        """
        if self.candidate is None or not lexists(self.candidate):
            return [self.snapshot]
        return [self.snapshot, self.candidate]

    @property
    def may_migrate(self) -> bool:
        """Whether whoever starts may bring the database to the newest schema."""
        return self.migrate == "start"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in this environment.

        Raises:
            SettingsError: A variable that begins with ``ATTUNE_`` is unknown, or a value cannot be
                read or is too small.
        """
        known = {setting.name for setting in TABLE}
        ours = {name for name in environ if name.startswith(PREFIX)} - _CLIENTS
        unknown = sorted(ours - known)
        if unknown:
            raise SettingsError(
                f"{', '.join(unknown)} is no setting; known are {', '.join(sorted(known))}."
            )
        values = {setting.field: setting.value(environ) for setting in TABLE}
        folder = environ.get(METRICS_FOLDER)
        return cls(**values, metrics_folder=Path(folder) if folder else None)

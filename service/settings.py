"""Settings: all that an operator may choose, read once from ``ATTUNE_*`` environment variables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

PREFIX = "ATTUNE_"
_PROJECT = Path(__file__).resolve().parents[1]
_RELATIVE = "; a relative path starts at the project."
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Not ours: BentoML gives it to its workers, and Prometheus' client keeps their counters there."""


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


def _optional_int(text: str) -> int | None:
    return int(text) if text else None


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("a finite number is needed")
    return number


TABLE = (
    Setting(
        "ATTUNE_DATABASE_URL",
        "sqlite:///.attune/attune.db",
        "SQLAlchemy URL of the database that keeps tracks and labels.",
    ),
    Setting(
        "ATTUNE_SNAPSHOT",
        "models/pretrained",
        f"Folder of the snapshot that is served{_RELATIVE}",
        _in_project,
    ),
    Setting("ATTUNE_WEIGHTS", "models/weights", f"Folder of the encoders{_RELATIVE}", _in_project),
    Setting("ATTUNE_MAX_BODY_BYTES", "67108864", "Largest upload, in bytes.", int, 1024),
    Setting("ATTUNE_MAX_JSON_BYTES", "8388608", "Largest JSON body, in bytes.", int, 1024),
    Setting("ATTUNE_MAX_AUDIO_S", "3600", "Longest recording, in seconds.", _finite, 1),
    Setting("ATTUNE_THREADS", "4", "Requests that one worker computes at the same time.", int, 1),
    Setting("ATTUNE_WORKERS", "1", "Worker processes.", int, 1),
    Setting("ATTUNE_TIMEOUT_S", "120", "Seconds after which a request is given up.", _finite, 1),
    Setting(
        "ATTUNE_MAX_CONCURRENCY",
        "",
        "Requests in progress, over all workers, beyond which more are refused; none if empty.",
        _optional_int,
        1,
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
    snapshot: Path
    weights: Path
    max_body_bytes: int
    max_json_bytes: int
    max_audio_s: float
    threads: int
    workers: int
    timeout_s: float
    max_concurrency: int | None
    seed: int | None
    personaliser: str
    metrics_folder: Path | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Return the settings in this environment.

        Raises:
            SettingsError: A variable that begins with ``ATTUNE_`` is unknown, or a value cannot be
                read or is too small.
        """
        known = {setting.name for setting in TABLE}
        unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
        if unknown:
            raise SettingsError(
                f"{', '.join(unknown)} is no setting; known are {', '.join(sorted(known))}."
            )
        values = {setting.field: setting.value(environ) for setting in TABLE}
        folder = environ.get(METRICS_FOLDER)
        return cls(**values, metrics_folder=Path(folder) if folder else None)

"""``make bench-personal``: time to learn answers, beside scikit-learn.

Everything is measured in one process, turn by turn and round by round; cells are medians. The
listener has a level and a taste of their own, and answers tracks drawn with features such as the
shipped snapshot was trained on. An update learns all current answers, so one label of a listener
with 100 is a fit of 101. scikit-learn's estimator fits the same answers, and so does the Gaussian
model that was served before.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from cachetools import LRUCache
from sklearn.linear_model import LogisticRegression

from models.arrays import FloatMatrix
from models.emotion import N_QUADRANTS, QUADRANTS, Modality, Quadrant
from models.features.extraction import N_AUDIO_FEATURES
from models.personal import Answer, LogisticPersonaliser
from models.personal.logistic import components_in, log_proba_in
from models.snapshot import Snapshot, load_snapshot
from models.track import Track
from service.api.update.updates import update
from service.clock import utc_now
from service.db.catalogue import Catalogue
from service.db.database import Database
from service.db.label_log import LabelLog
from service.db.personal_models import PersonalModels
from service.db.schema import migrate
from service.labels import Label
from service.serving.container import PERSONALISERS
from service.serving.personal_models import UserModels
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.bench import gaussian
from tests.bench.costs import Size, Step, in_turn
from tests.small_models import drawn_tracks

PRETRAINED = Path("models/pretrained")
BEFORE, FRESH, BATCH, N_ANSWERS = (0, 20, 100), (1, 10), 10, 100
LIMITS = {"logistic": 8 * 1024, "committee": 64 * 1024, "committee-newest": 64 * 1024}
ON_COMPONENTS = "LogisticRegression, 32 components"
ON_FEATURES = "LogisticRegression, 281 features"
EARLIER = "Gaussian of before"
COLUMNS = (*LIMITS, EARLIER, ON_COMPONENTS, ON_FEATURES)
NONE = "-"
Row = Mapping[str, str]
"""A column's name to its cell; what is not there has none."""
Work = Callable[[], object]


@dataclass(frozen=True)
class Counts:
    """How much is measured.

    Attributes:
        n_tracks: In the catalogue, at least 110.
        n_rounds: Rounds of the medians, after one that warms up.
        n_users: Rebuilt from the log.
        n_users_slow: The same by a committee, from which that of all is extrapolated.
    """

    n_tracks: int = 500
    n_rounds: int = 15
    n_users: int = 1_000
    n_users_slow: int = 20


def main() -> int:
    """Measure, and print the table."""
    sys.stdout.write(f"{_machine()}\n\n")
    sys.stdout.write(table(load_snapshot(PRETRAINED), Counts()))
    return 0


def table(snapshot: Snapshot, counts: Counts) -> str:
    """Return what was measured, in Markdown."""
    listener = Audience.of(snapshot, counts.n_tracks)
    rows = learning(listener, counts.n_rounds) | predicting(listener, counts.n_rounds)
    rows |= size(listener)
    with tempfile.TemporaryDirectory() as folder:
        service = Service(listener, Path(folder))
        rows |= updating(service, counts.n_rounds)
        rows |= rebuilding(service, counts)
        service.database.close()
    lines = [f"| | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    for name, row in rows.items():
        lines.append(f"| {name} | {' | '.join(row.get(column, NONE) for column in COLUMNS)} |")
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Audience:
    """Tracks, and one listener's opinion of all of them."""

    snapshot: Snapshot
    tracks: Sequence[Track]
    opinions: Sequence[Quadrant]

    @classmethod
    def of(cls, snapshot: Snapshot, n_tracks: int) -> "Audience":
        """Draw tracks, and a listener who goes by level and taste more than by what all hear."""
        rng = np.random.default_rng(0)
        tracks = drawn_tracks(snapshot, n_tracks)
        track_features = np.stack([track.sketch for track in tracks])
        phi = components_in(track_features)
        level, taste = rng.normal(size=N_QUADRANTS), rng.normal(size=(phi.shape[1], N_QUADRANTS))
        logits = log_proba_in(track_features) + level + phi @ taste
        return cls(snapshot, tracks, [QUADRANTS[row] for row in logits.argmax(axis=1)])

    def answers(self, n_before: int, n_fresh: int) -> list[Answer]:
        """Return answers in batches, of which the last is fresh."""
        batches = [place // BATCH for place in range(n_before)] + [n_before] * n_fresh
        return [
            Answer(self.tracks[place], self.opinions[place], None, batch)
            for place, batch in enumerate(batches)
        ]

    def label(self, user_id: str, place: int) -> Label:
        """Return the listener's answer as a user sends it."""
        return Label(f"{user_id} {place}", self.tracks[place].track_id, self.opinions[place])


def learning(listener: Audience, n_rounds: int) -> dict[str, Row]:
    """Learning alone, in memory."""
    rows: dict[str, Row] = {}
    for n_before in BEFORE:
        for n_fresh in FRESH:
            answers = listener.answers(n_before, n_fresh)
            seconds = _cpu_s(_fits(listener.snapshot, answers), n_rounds)
            floor = seconds.get(ON_COMPONENTS)
            rows[f"learn {_labels(n_fresh)} after {n_before}, ms"] = {
                name: _beside(spent, floor) for name, spent in seconds.items()
            }
    return rows


def _fits(snapshot: Snapshot, answers: Sequence[Answer]) -> dict[str, Work]:
    works: dict[str, Work] = {
        name: partial(make(snapshot).fit, answers) for name, make in PERSONALISERS.items()
    }
    works[EARLIER] = gaussian.fitting(snapshot, answers)
    y = np.array([answer.quadrant.index for answer in answers])
    if len(set(y.tolist())) > 1:  # scikit-learn refuses a single class
        inputs = _inputs(snapshot, [answer.track for answer in answers])
        works |= {name: partial(_estimator().fit, x, y) for name, x in inputs.items()}
    return works


def _inputs(snapshot: Snapshot, tracks: Sequence[Track]) -> dict[str, FloatMatrix]:
    """Return what scikit-learn's estimators see of tracks, ``(n_tracks, n_inputs)`` each."""
    family = snapshot.committees[Modality.AUDIO].families["sgd"]
    heard = [track.features.vector(Modality.AUDIO) for track in tracks]
    x = np.stack([vector[:N_AUDIO_FEATURES] for vector in heard if vector is not None])
    return {
        ON_COMPONENTS: components_in(np.stack([track.sketch for track in tracks])),
        ON_FEATURES: (x - family.centre[0]) / family.scale[0],
    }


def _estimator() -> LogisticRegression:
    # As often as it takes: with the default of 100 steps it would stop, and warn, half-way.
    return LogisticRegression(max_iter=10_000)


def predicting(listener: Audience, n_rounds: int) -> dict[str, Row]:
    """Predicting alone, in memory, for a listener with 100 labels."""
    answers, snapshot = listener.answers(N_ANSWERS, 0), listener.snapshot
    y = [answer.quadrant.index for answer in answers]
    inputs = _inputs(snapshot, listener.tracks)
    estimators = {name: _estimator().fit(x[:N_ANSWERS], y) for name, x in inputs.items()}
    ours = LogisticPersonaliser(snapshot.listener_model).fit(answers)
    earlier = gaussian.fitting(snapshot, answers)()
    track_features = np.stack([track.sketch for track in listener.tracks])
    rows: dict[str, Row] = {}
    for n_tracks in (1, len(track_features)):
        votes = np.zeros((n_tracks, N_QUADRANTS))
        works: dict[str, Work] = {
            "logistic": partial(ours.proba, track_features[:n_tracks], votes),
            EARLIER: gaussian.predicting(earlier, track_features[:n_tracks]),
        }
        works |= {n: partial(e.predict_proba, inputs[n][:n_tracks]) for n, e in estimators.items()}
        seconds = _cpu_s(works, n_rounds)
        rows[f"predict {n_tracks} of somebody with {N_ANSWERS} labels, ms"] = {
            name: _beside(spent, seconds[ON_COMPONENTS]) for name, spent in seconds.items()
        }
    return rows


def size(listener: Audience) -> dict[str, Row]:
    """Bytes stored of a listener beside what they may take; answers came in ten batches."""
    answers = listener.answers(N_ANSWERS, 0)
    row = {}
    for name, make in PERSONALISERS.items():
        model = make(listener.snapshot).fit(answers)
        n_bytes, limit = len(model.to_bytes()), LIMITS[name]
        predict_batch = "met" if n_bytes <= limit else "NOT met"
        row[name] = f"{n_bytes:,} (at most {limit:,}: {predict_batch})"
    return {f"bytes of a listener at {N_ANSWERS} labels": row}


class Service:
    """The log, the catalogue and the models in a file of SQLite, with every track registered."""

    def __init__(self, listener: Audience, folder: Path) -> None:
        self.listener = listener
        snapshot = listener.snapshot
        self.database = Database(f"sqlite:///{folder}/bench.db")
        migrate(self.database)
        # Tracks were judged when they were drawn.
        beliefs = iter([track.population_prediction for track in listener.tracks])
        population_predictor = PopulationPredictor(
            snapshot.version, snapshot.feature_digest, lambda _: next(beliefs)
        )
        self.catalogue = Catalogue(self.database, population_predictor, utc_now)
        for number, track in enumerate(listener.tracks):
            content = Content(f"{number:064x}", f"{number:064x}")
            self.catalogue.put(track.track_id, track.features, content, TrackMetadata())
        self.log = LabelLog(self.database, utc_now)

    def listeners(self, name: str) -> UserModels:
        """Return listeners of a personaliser, none of whom has a model yet."""
        return UserModels(
            snapshot=self.listener.snapshot,
            personaliser=PERSONALISERS[name](self.listener.snapshot),
            log=self.log,
            catalogue=self.catalogue,
            model_store=PersonalModels(self.database),
            recent=LRUCache(1),
        )

    def record(self, user_id: str, places: Sequence[int], at_once: int) -> None:
        """Record a user's answers, so many a call."""
        labels = [self.listener.label(user_id, place) for place in places]
        for first in range(0, len(labels), at_once):
            self.log.append(user_id, labels[first : first + at_once])


def updating(service: Service, n_rounds: int) -> dict[str, Row]:
    """The use case whole, with the database, in milliseconds of the clock.

    The listener's model is remembered, as the call before leaves it; and, once, it is not, as in
    the first call under a new snapshot: it is then made twice, for what was expected, and anew.
    """
    before = BEFORE[-1]
    rows: dict[str, Row] = {}
    for n_fresh, is_known in (*((n, True) for n in FRESH), (FRESH[0], False)):
        spent: dict[str, list[float]] = {name: [] for name in PERSONALISERS}
        for number in range(n_rounds + 1):
            for name, each in spent.items():
                user_id = f"{name} {n_fresh} {is_known} {number}"
                service.record(user_id, range(before), BATCH)
                listeners = service.listeners(name)
                if is_known:
                    listeners.advance(user_id)
                each.append(_update(service, listeners, user_id, range(before, before + n_fresh)))
        state = "" if is_known else " and nothing remembered"
        rows[f"update by {_labels(n_fresh)} after {before}{state}, SQLite, ms"] = {
            name: _ms(float(np.median(each[1:])))  # the first round warms up
            for name, each in spent.items()
        }
    return rows


def _update(service: Service, listeners: UserModels, user_id: str, places: Sequence[int]) -> float:
    labels = [service.listener.label(user_id, place) for place in places]
    start = time.perf_counter()
    update(user_id, labels, log=service.log, listeners=listeners)
    return time.perf_counter() - start


def rebuilding(service: Service, counts: Counts) -> dict[str, Row]:
    """Users' models from the log alone, as under a new snapshot; each is kept again."""
    rng = np.random.default_rng(1)
    users = [f"user {number}" for number in range(counts.n_users)]
    for user_id in users:
        chosen = rng.permutation(counts.n_tracks)[:N_ANSWERS].tolist()
        service.record(user_id, chosen, at_once=N_ANSWERS)
    cells = {}
    for name, n_users in (("logistic", counts.n_users), ("committee", counts.n_users_slow)):
        listeners = service.listeners(name)
        listeners.advance(users[0])  # warms up
        start = time.perf_counter()
        for user_id in users[:n_users]:
            listeners.advance(user_id)
        spent = time.perf_counter() - start
        cells[name] = f"{spent * counts.n_users / n_users:.1f} ({n_users / spent:,.0f} a second"
        cells[name] += f"; extrapolated from {n_users})" if n_users < counts.n_users else ")"
    return {f"rebuild {counts.n_users:,} users of {N_ANSWERS} labels, SQLite, s": cells}


def _cpu_s(works: Mapping[str, Work], n_rounds: int) -> dict[str, float]:
    """Return each work's median processor time; in every round each is done once."""
    costs = in_turn({name: Step(work) for name, work in works.items()}, Size(n_rounds))
    return {name: cost.cpu_ms / 1e3 for name, cost in costs.items()}


def _labels(n: int) -> str:
    return "1 label" if n == 1 else f"{n} labels"


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}"


def _beside(seconds: float, floor: float | None) -> str:
    return _ms(seconds) if floor is None else f"{_ms(seconds)} ({seconds / floor:.2f})"


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, one thread; load {load:.1f}. Medians; of"
        f" a processor's time where no database is; in brackets: of {ON_COMPONENTS}."
    )


if __name__ == "__main__":
    sys.exit(main())

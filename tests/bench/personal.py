"""``make bench-personal``: what answers cost, beside scikit-learn's way to learn them.

Everything is measured in one process, turn by turn and round by round; cells are medians. The
listener has a level and a taste of their own and answers tracks drawn with features such as the
shipped snapshot was trained on. An update learns all answers that stand, so that one label of
somebody with 100 is a fit of 101; scikit-learn's estimator fits the same answers, and so does the
Gaussian model that was served before.
"""

import os
import platform
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from service.serving.personal_models import Listeners
from service.tracks import Content, PopulationPredictor, TrackMetadata
from tests.bench import gaussian
from tests.small import drawn_tracks

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
        n_rounds: Whose medians are told, beside one that warms up.
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
        house = SmallService(listener, Path(folder))
        rows |= updating(house, counts.n_rounds)
        rows |= rebuilding(house, counts)
        house.database.close()
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
            seconds = in_turn(_fits(listener.snapshot, answers), n_rounds)
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
    """Predicting alone, in memory, for somebody with 100 labels."""
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
        seconds = in_turn(works, n_rounds)
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


@dataclass
class Watch:
    """Where time goes, by what each part of the house is there for."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def on(self, part: object, **methods: str) -> object:
        """Return the part, the time of whose methods is taken under these names."""
        return _Watched(part, methods, self.seconds)

    def parts(self, whole: float) -> dict[str, float]:
        """Return where so many seconds went."""
        return {"whole": whole, **self.seconds, REST: whole - sum(self.seconds.values())}


class _Watched:
    def __init__(
        self, part: object, methods: Mapping[str, str], seconds: dict[str, float]
    ) -> None:
        self._part = part
        self._methods = methods
        self._seconds = seconds

    def __getattr__(self, name: str) -> object:
        found = getattr(self._part, name)
        return self._timed(found, self._methods[name]) if name in self._methods else found

    def _timed(self, method: Callable[..., object], purpose: str) -> Callable[..., object]:
        def timed(*args: object, **kwargs: object) -> object:
            start = time.perf_counter()
            told = method(*args, **kwargs)
            if purpose == READING_LOG and not isinstance(told, int):
                told = iter(list(told))  # read now, so that it is counted here
            self._seconds[purpose] += time.perf_counter() - start
            return told

        return timed


RECORDING, READING_LOG, READING_TRACKS = "recording", "reading the log", "reading tracks"
LEARNING, KEEPING, REST = "the model", "keeping the model", "the rest"
PURPOSES = (LEARNING, RECORDING, READING_LOG, READING_TRACKS, KEEPING, REST)


class SmallService:
    """The service's own parts over a file of SQLite, with every track registered."""

    def __init__(self, listener: Audience, folder: Path) -> None:
        self.listener = listener
        self.watch = Watch()
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

    def listeners(self, name: str) -> Listeners:
        """Return who learns by a personaliser, having seen nobody yet; its time is watched."""
        snapshot, watch = self.listener.snapshot, self.watch
        return Listeners(
            snapshot=snapshot,
            personaliser=watch.on(PERSONALISERS[name](snapshot), fit=LEARNING),
            log=watch.on(self.log, last_seq=READING_LOG, events=READING_LOG),
            catalogue=watch.on(
                self.catalogue, summaries=READING_TRACKS, learnt_from=READING_TRACKS
            ),
            model_store=watch.on(PersonalModels(self.database), put=KEEPING),
            recent=LRUCache(1),
        )

    def move_in(self, user_id: str, places: Sequence[int], at_once: int) -> None:
        """Record a user's answers, so many a call."""
        labels = [self.listener.label(user_id, place) for place in places]
        for first in range(0, len(labels), at_once):
            self.log.append(user_id, labels[first : first + at_once])


def updating(house: SmallService, n_rounds: int) -> dict[str, Row]:
    """The use case whole, with the database, and where its time goes.

    The listener's model is remembered, as the call before leaves it; and, once, it is not, as in
    the first call under a new snapshot: it is then made twice, for what was expected, and anew.
    """
    before = BEFORE[-1]
    rows: dict[str, Row] = {}
    for n_fresh, is_known in (*((n, True) for n in FRESH), (FRESH[0], False)):
        spent: dict[str, list[dict[str, float]]] = {name: [] for name in PERSONALISERS}
        for number in range(n_rounds + 1):
            for name, each in spent.items():
                user_id = f"{name} {n_fresh} {is_known} {number}"
                house.move_in(user_id, range(before), BATCH)
                listeners = house.listeners(name)
                if is_known:
                    listeners.advance(user_id)
                each.append(_update(house, listeners, user_id, range(before, before + n_fresh)))
        state = "" if is_known else " and nothing remembered"
        rows |= _parts(
            f"update by {_labels(n_fresh)} after {before}{state}, SQLite, ms",
            {name: each[1:] for name, each in spent.items()},  # the first round warms up
        )
    return rows


def _update(
    house: SmallService, listeners: Listeners, user_id: str, places: Sequence[int]
) -> dict[str, float]:
    labels = [house.listener.label(user_id, place) for place in places]
    log = house.watch.on(house.log, append=RECORDING)
    house.watch.seconds.clear()
    start = time.perf_counter()
    update(user_id, labels, log=log, listeners=listeners)
    return house.watch.parts(time.perf_counter() - start)


def _parts(title: str, spent: Mapping[str, list[dict[str, float]]]) -> dict[str, Row]:
    """Return a row of whole milliseconds, and a row of what each purpose takes of them."""
    median = {
        name: {part: float(np.median([one[part] for one in each])) for part in each[0]}
        for name, each in spent.items()
    }
    rows = {title: {name: _ms(parts["whole"]) for name, parts in median.items()}}
    for part in PURPOSES:
        if all(part in parts for parts in median.values()):
            rows[f"{title}: {part}"] = {
                name: f"{_ms(parts[part])} ({100 * parts[part] / parts['whole']:.0f} %)"
                for name, parts in median.items()
            }
    return rows


def rebuilding(house: SmallService, counts: Counts) -> dict[str, Row]:
    """Users' models from the log alone, as under a new snapshot; each is kept again."""
    rng = np.random.default_rng(1)
    users = [f"user {number}" for number in range(counts.n_users)]
    for user_id in users:
        chosen = rng.permutation(counts.n_tracks)[:N_ANSWERS].tolist()
        house.move_in(user_id, chosen, at_once=N_ANSWERS)
    each, cells = {}, {}
    for name, n_users in (("logistic", counts.n_users), ("committee", counts.n_users_slow)):
        listeners = house.listeners(name)
        listeners.advance(users[0])  # warms up
        house.watch.seconds.clear()
        start = time.perf_counter()
        for user_id in users[:n_users]:
            listeners.advance(user_id)
        spent = time.perf_counter() - start
        parts = house.watch.parts(spent)
        each[name] = [{part: seconds / n_users for part, seconds in parts.items()}]
        cells[name] = f"{spent * counts.n_users / n_users:.1f} ({n_users / spent:,.0f} a second"
        cells[name] += f"; extrapolated from {n_users})" if n_users < counts.n_users else ")"
    whole = {f"rebuild {counts.n_users:,} users of {N_ANSWERS} labels, SQLite, s": cells}
    return whole | _parts("one of them on average, ms", each)


def in_turn(works: Mapping[str, Work], n_rounds: int) -> dict[str, float]:
    """Return each work's median seconds of a processor; in every round each is done once."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(n_rounds + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if number:  # the first round warms up
                times[name].append(time.process_time() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


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

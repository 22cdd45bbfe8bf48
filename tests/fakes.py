"""What tests use where the real thing is slow, random, or a database."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, FloatVector, IntVector, MemberLogits
from models.emotion import N_QUADRANTS, Modality, softmax
from models.errors import AttuneError, UndecodableAudioError, UnreadInputError
from models.prediction.earlier_snapshot import EarlierPredictions, Timing, earlier_features
from models.track import (
    AudioFeatures,
    LyricsFeatures,
    PopulationPrediction,
    Track,
    TrackFeatures,
    TrackSummary,
)
from service.auth.api_keys import Key
from service.clock import Clock
from service.db.catalogue import Catalogue
from service.db.personal_models import ModelKey
from service.db.recordings import NoRecordings, Recordings
from service.errors import (
    CallConflictError,
    ForeignFeaturesError,
    KeyNotFoundError,
    TrackLabelledError,
    TrackNotFoundError,
    UserForgottenError,
)
from service.evaluation.intervals import PairedCounts
from service.evaluation.prequential import (
    LABELS_SO_FAR,
    NO_FORECASTS,
    BinTally,
    Forecast,
    PrequentialChanges,
    PrequentialRecord,
    SnapshotTally,
    StrategyTally,
    noted,
)
from service.labels import (
    Appended,
    DatedLabel,
    Label,
    LabelEvent,
    QuadrantVotes,
    RepeatableCall,
    effective,
    unrecorded,
)
from service.tracks import (
    Changes,
    Content,
    PopulationPredictor,
    Restate,
    TrackMetadata,
    TrackRecord,
)
from service.votes import NO_VOTES, VoteChanges, votes_of

N_FEATURES = 6


class FakeClock:
    """A second passes each time it is asked."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def features(*, seed: int = 0, lyrics: bool = True, audio: bool = True) -> TrackFeatures:
    """Features of a track of three segments; eighths, which float16 holds exactly."""
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> FloatVector:
        return (rng.integers(-8, 9, shape) / 8).astype(np.float32)

    starts_s = np.arange(3, dtype=np.float32) * 3
    heard = AudioFeatures(draw(N_FEATURES), draw(3, N_FEATURES), starts_s, starts_s + 3, 9.0)
    return TrackFeatures(heard if audio else None, draw(N_FEATURES) if lyrics else None)


def predict_population(features: TrackFeatures) -> PopulationPrediction:
    """Two members whose logits are simple functions of the features, exact in float32."""
    vectors = {modality: features.vector(modality) for modality in Modality}
    logits = {
        modality: np.outer([1.0, 0.5], vector[:N_QUADRANTS])
        for modality, vector in vectors.items()
        if vector is not None
    }
    segments = np.zeros((0, N_QUADRANTS))
    if features.audio is not None:
        segments = softmax(features.audio.segments[:, :N_QUADRANTS].astype(np.float64))
    return PopulationPrediction(
        logits, segments.astype(np.float32).astype(np.float64), sketch_of(features)
    )


def sketch_of(features: TrackFeatures) -> FloatVector:
    """Two means and two components, simple functions of the features, exact in float32."""
    vector = next(v for m in Modality if (v := features.vector(m)) is not None)
    mean, phi = vector[:2], vector[2:4]
    return np.array([*mean, phi @ phi, *phi], np.float32)


def predict_from_logits(said: Mapping[Modality, MemberLogits]) -> EarlierPredictions:
    """Half of what an earlier snapshot's members said, exact in float32, and no components."""
    logits = {modality: each / 2 for modality, each in said.items()}
    if not logits:
        return EarlierPredictions(logits, np.zeros((1, 5), np.float32))
    mean = next(iter(logits.values()))[0, :, :2]
    return EarlierPredictions(
        logits, np.hstack([mean, np.zeros((len(mean), 3))]).astype(np.float32)
    )


def predict_from_earlier(
    said: PopulationPrediction, predict_from_logits: Restate = predict_from_logits
) -> PopulationPrediction:
    """What becomes of one track's belief."""
    told = predict_from_logits(
        {modality: each[:, None] for modality, each in said.member_logits.items()}
    )
    logits = {modality: each[:, 0] for modality, each in told.member_logits.items()}
    return PopulationPrediction(logits, said.segment_proba, told.track_features[0])


def population_predictor(
    version: str = "v1", feature_digest: str = "f" * 64
) -> PopulationPredictor:
    """A snapshot's belief, without a snapshot."""
    return PopulationPredictor(
        version, feature_digest, predict_population, predict_from_logits=predict_from_logits
    )


class FakeExtractor:
    """Hears in bytes as many tracks as there are texts; counts what it was asked."""

    digest = "f" * 64

    def __init__(self) -> None:
        self.heard = 0
        self.read = 0

    def audio(self, source: BinaryIO) -> AudioFeatures:
        self.heard += 1
        content = source.read()
        if not content.startswith(b"audio"):
            raise UndecodableAudioError("This is not audio.")
        heard = features(seed=sum(content)).audio
        assert heard is not None
        return heard

    def lyrics(self, text: str) -> LyricsFeatures:
        """Read everything but what begins with "unread"; what follows is why."""
        self.read += 1
        if text.startswith("unread "):
            return LyricsFeatures(None, text.removeprefix("unread "))
        words = text.split()
        return LyricsFeatures(features(seed=sum(text.encode())).lyrics if words else None)

    def embedding(self, modality: Modality, numbers: Sequence[float]) -> FloatVector:
        raise UnreadInputError(f"{modality}_embedding of {len(numbers)} numbers is not read.")

    def warm_up(self) -> None: ...

    def check(self) -> None: ...


@dataclass
class _Stored:
    record: TrackRecord
    features: TrackFeatures
    feature_digest: str
    revision: int
    population_prediction: PopulationPrediction
    snapshot: str
    is_hidden: bool = False
    is_erased: bool = False


@dataclass
class Memory:
    """What the memory stores share, as the tables of a database do."""

    tracks: dict[str, _Stored] = field(default_factory=dict)
    events: list[LabelEvent] = field(default_factory=list)
    models: dict[tuple[str, str, str], tuple[int, bytes]] = field(default_factory=dict)
    voted: dict[str, tuple[int, QuadrantVotes]] = field(default_factory=dict)
    calls: dict[tuple[str, str], tuple[str, Appended]] = field(default_factory=dict)
    prequential_records: dict[str, dict[str, tuple[datetime, PrequentialRecord]]] = field(
        default_factory=dict
    )
    forgotten: set[str] = field(default_factory=set)
    revision: int = 0
    seq: int = 0

    def votes(self, without: str | None = None) -> dict[str, QuadrantVotes]:
        sums: dict[str, np.ndarray] = {}
        for user_id in {event.user_id for event in self.events} - {without}:
            for event in effective(e for e in self.events if e.user_id == user_id):
                row = sums.setdefault(event.label.track_id, np.zeros(N_QUADRANTS))
                row += votes_of([event.label])[0]
        return {key: tuple(row.tolist()) for key, row in sums.items()}

    def numbered_votes(self) -> dict[str, tuple[int, QuadrantVotes]]:
        """Every track's votes, and the revision at which they became these."""
        votes = self.votes()
        last = max((revision for revision, _ in self.voted.values()), default=0)
        for track_id in votes.keys() | self.voted.keys():
            counts = votes.get(track_id, NO_VOTES)
            if self.voted.get(track_id, (0, None))[1] != counts:
                self.voted[track_id] = last + 1, counts
        return self.voted

    def erase_unneeded(self) -> None:
        votes = self.votes()
        for track_id, stored in self.tracks.items():
            if stored.is_hidden and track_id not in votes:
                stored.is_erased = True


class MemoryCatalogue:
    def __init__(
        self,
        memory: Memory,
        population_predictor: PopulationPredictor,
        clock: Clock,
        recordings: Recordings | None = None,
    ) -> None:
        self._memory = memory
        self._recordings = recordings or NoRecordings()
        self._believer = population_predictor
        self._clock = clock

    def get(self, track_id: str) -> TrackRecord:
        stored = self._memory.tracks.get(track_id)
        if stored is None or stored.is_hidden:
            raise TrackNotFoundError(track_id)
        is_kept = self._recordings.has(stored.record.content.audio_sha256)
        return replace(stored.record, track=self._track(stored), is_kept=is_kept)

    def find(self, track_ids: Sequence[str]) -> list[Track | AttuneError]:
        return [self._found(track_id) for track_id in track_ids]

    def learnt_from(self, track_ids: Collection[str]) -> dict[str, Track]:
        known = {key: self._memory.tracks[key] for key in track_ids if key in self._memory.tracks}
        tracks = {key: self._track(stored) for key, stored in known.items()}
        return {key: track for key, track in tracks.items() if track and not known[key].is_erased}

    def summaries(self, track_ids: Collection[str]) -> dict[str, TrackSummary]:
        tracks = self.learnt_from(track_ids)
        found = {
            key: TrackSummary(key, track.sketch, track.is_stale) for key, track in tracks.items()
        }
        return found | {
            key: TrackSummary(
                key, self._believer.predict_from_logits({}).track_features[0], is_stale=True
            )
            for key in set(track_ids) & self._memory.tracks.keys() - tracks.keys()
            if self._believer.predict_from_logits and not self._memory.tracks[key].is_erased
        }

    def track_metadata_by_id(self, track_ids: Collection[str]) -> dict[str, TrackMetadata]:
        tracks = self._memory.tracks
        return {key: tracks[key].record.track_metadata for key in track_ids if key in tracks}

    def page(self, after: str, limit: int) -> list[TrackRecord]:
        return [self.get(key) for key in sorted(self._shown()) if key > after][:limit]

    def put(
        self,
        track_id: str,
        features: TrackFeatures,
        content: Content,
        track_metadata: TrackMetadata,
    ) -> bool:
        known = self._memory.tracks.get(track_id)
        is_other = known is not None and self._believer.is_other_content(
            known.record.content, known.feature_digest, content
        )
        if is_other and track_id in self._memory.votes():
            raise TrackLabelledError(track_id)
        now = self._clock()
        created_at = known.record.created_at if known else now
        duration_s = features.audio.duration_s if features.audio else None
        record = TrackRecord(track_id, None, track_metadata, content, duration_s, created_at, now)
        digest = self._believer.feature_digest
        population_prediction = self._believer.predict_population(features)
        self._memory.tracks[track_id] = _Stored(
            record, features, digest, self._next(), population_prediction, self._believer.version
        )
        return known is None or known.is_hidden

    def retitle(
        self, track_id: str, content: Content, track_metadata: TrackMetadata
    ) -> bool | None:
        stored = self._memory.tracks.get(track_id)
        if stored is None or stored.is_erased or stored.record.content != content:
            return None
        if stored.feature_digest != self._believer.feature_digest:
            return None  # it must be heard again
        was_hidden = stored.is_hidden
        if was_hidden or stored.record.track_metadata != track_metadata:
            stored.record = replace(
                stored.record, track_metadata=track_metadata, updated_at=self._clock()
            )
            stored.is_hidden, stored.revision = False, self._next()
        return was_hidden

    def hide(self, track_id: str) -> None:
        self.get(track_id)
        stored = self._memory.tracks[track_id]
        stored.record = replace(stored.record, track_metadata=TrackMetadata())
        stored.is_hidden, stored.revision = True, self._next()
        self._memory.erase_unneeded()

    def changes_since(self, revision: int, limit: int) -> Changes:
        rows = sorted(self._memory.tracks.items(), key=lambda item: item[1].revision)
        new = [(key, stored) for key, stored in rows if stored.revision > revision][:limit]
        tracks = {key: None if s.is_hidden else self._track(s) for key, s in new}
        changed = [track for track in tracks.values() if track is not None]
        removed = {key for key, track in tracks.items() if track is None}
        return Changes(new[-1][1].revision if new else revision, changed, removed)

    def content_of(self, track_id: str) -> Content | None:
        stored = self._memory.tracks.get(track_id)
        if stored is None:
            return None
        return Content(None, None) if stored.is_erased else stored.record.content

    def revision(self) -> int:
        return self._memory.revision

    def playable(self, track_ids: Collection[str]) -> set[str]:
        shown = {key for key in track_ids if key in self._shown()}
        records = [self.get(key) for key in shown]
        return {each.track_id for each in records if each.is_kept or each.track_metadata.audio_url}

    def audio_in_use(self, sha256s: Collection[str]) -> set[str]:
        used = {self.get(key).content.audio_sha256 for key in self._shown()}
        return {sha256 for sha256 in sha256s if sha256 in used}

    def _shown(self) -> set[str]:
        return {key for key, stored in self._memory.tracks.items() if not stored.is_hidden}

    def _next(self) -> int:
        self._memory.revision += 1
        return self._memory.revision

    def _track(self, stored: _Stored) -> Track | None:
        if stored.feature_digest != self._believer.feature_digest:
            return self._stale_track(stored)
        population_prediction = self._believer.predict_population(stored.features)
        return Track(stored.record.track_id, stored.features, population_prediction)

    def _stale_track(self, stored: _Stored) -> Track | None:
        audio, said = stored.features.audio, stored.population_prediction
        if self._believer.predict_from_logits is None or not said.member_logits:
            return None
        none = np.zeros(0, np.float32)
        timing = Timing(none, none, None)
        if audio is not None:
            timing = Timing(audio.starts_s, audio.ends_s, audio.duration_s)
        features = earlier_features(stored.snapshot, said.member_logits, timing)
        population_prediction = predict_from_earlier(said, self._believer.predict_from_logits)
        return Track(stored.record.track_id, features, population_prediction)

    def _found(self, track_id: str) -> Track | AttuneError:
        stored = self._memory.tracks.get(track_id)
        if stored is None or stored.is_hidden:
            return TrackNotFoundError(track_id)
        wanted = self._believer.feature_digest
        return self._track(stored) or ForeignFeaturesError(track_id, stored.feature_digest, wanted)


class MemoryLabelLog:
    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock

    def append(
        self,
        user_id: str,
        labels: Sequence[Label],
        call: RepeatableCall | None = None,
        *,
        forecasts: Mapping[str, Forecast] = NO_FORECASTS,
    ) -> Appended:
        if call and user_id not in self._memory.forgotten:
            sha256, before = self._memory.calls.get((user_id, call.key), (call.body_sha256, None))
            if sha256 != call.body_sha256:
                raise CallConflictError(call.key)
            if before:
                return replace(before, is_repetition=True)
        now = self._clock()
        others = self._memory.votes(without=user_id)
        dated = [DatedLabel(label, now, others.get(label.track_id)) for label in labels]
        appended = self._record(user_id, dated, forecasts)
        if call:
            self._memory.calls[user_id, call.key] = call.body_sha256, appended
        return appended

    def restore(self, user_id: str, dated: Sequence[DatedLabel]) -> Appended:
        return self._record(user_id, dated, NO_FORECASTS)

    def _record(
        self, user_id: str, dated: Sequence[DatedLabel], forecasts: Mapping[str, Forecast]
    ) -> Appended:
        if user_id in self._memory.forgotten:
            raise UserForgottenError(user_id)
        recorded = {event.label.event_id: event.label for event in self.events(user_id)}
        fresh = unrecorded([each.label for each in dated], recorded)
        missing = list(dict.fromkeys(label.track_id for label in fresh if not self._takes(label)))
        if missing:
            raise TrackNotFoundError(missing[0], len(missing) - 1)
        first = {each.label.event_id: each for each in reversed(dated)}
        moments = {event_id: each.created_at for event_id, each in first.items()}
        standing = {e.label.track_id: e.label.quadrant for e in effective(self.events(user_id))}
        notes = noted(standing, fresh, forecasts)
        for label in fresh:
            self._memory.seq += 1
            told = first[label.event_id]
            is_known = label.quadrant is not None and any(told.others or ())
            others = told.others if is_known else None
            event = LabelEvent(self._memory.seq, user_id, label, told.created_at, others)
            self._memory.events.append(event)
        self._memory.erase_unneeded()
        self._note(user_id, notes, moments)
        last_seq = self._memory.seq if fresh else None
        return Appended(len(fresh), len(dated) - len(fresh), last_seq=last_seq)

    def _note(
        self, user_id: str, notes: PrequentialChanges, moments: Mapping[str, datetime]
    ) -> None:
        kept = self._memory.prequential_records.setdefault(user_id, {})
        for track_id in notes.gone:
            kept.pop(track_id, None)
        for track_id in notes.corrected.keys() & kept.keys():
            at, told = kept[track_id]
            if told.quadrant != notes.corrected[track_id]:
                told = replace(told, quadrant=notes.corrected[track_id], p=None, p_population=None)
                kept[track_id] = at, told
        for track_id, (event_id, told) in notes.new.items():
            kept[track_id] = moments[event_id], told

    def _takes(self, label: Label) -> bool:
        stored = self._memory.tracks.get(label.track_id)
        return stored is not None and (not stored.is_hidden or label.is_retraction)

    def last_seq(self, user_id: str) -> int:
        return max((event.seq for event in self.events(user_id)), default=0)

    def events(self, user_id: str, *, through: int | None = None) -> Iterator[LabelEvent]:
        last = self._memory.seq if through is None else through
        return (e for e in list(self._memory.events) if e.user_id == user_id and e.seq <= last)

    def votes(self) -> Mapping[str, QuadrantVotes]:
        return self._memory.votes()

    def votes_since(self, revision: int) -> VoteChanges:
        numbered = self._memory.numbered_votes()
        new = {key: counts for key, (number, counts) in numbered.items() if number > revision}
        last = max((number for number, _ in numbered.values()), default=revision)
        return VoteChanges(max(revision, last), new)

    def votes_on(self, track_ids: Collection[str]) -> Mapping[str, QuadrantVotes]:
        votes = self._memory.votes()
        return {track_id: votes[track_id] for track_id in track_ids if track_id in votes}

    def votes_of_others(
        self, user_id: str, track_ids: Collection[str]
    ) -> Mapping[str, QuadrantVotes]:
        others = self._memory.votes(without=user_id)
        return {track_id: others[track_id] for track_id in track_ids if track_id in others}

    def still_there(self, seqs: Collection[int]) -> set[int]:
        return {event.seq for event in self._memory.events} & set(seqs)

    def forget(self, user_id: str) -> None:
        self._memory.events = [e for e in self._memory.events if e.user_id != user_id]
        for key in [key for key in self._memory.models if key[0] == user_id]:
            del self._memory.models[key]
        for call in [call for call in self._memory.calls if call[0] == user_id]:
            del self._memory.calls[call]
        self._memory.prequential_records.pop(user_id, None)
        self._memory.forgotten.add(user_id)
        self._memory.erase_unneeded()

    def readmit(self, user_id: str) -> None:
        self._memory.forgotten.discard(user_id)


class MemoryGuesses:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def of(self, user_id: str) -> list[PrequentialRecord]:
        return [told for _, told in self._memory.prequential_records.get(user_id, {}).values()]

    def by_labels(self) -> list[BinTally]:
        upper = [most for _, most in LABELS_SO_FAR if most is not None]
        groups = self._by(lambda told: sum(told.n_labels > most for most in upper))
        return [BinTally(*LABELS_SO_FAR[key], self._tally(groups[key])) for key in sorted(groups)]

    def by_strategy(self) -> list[StrategyTally]:
        groups = self._by(lambda told: told.strategy if told.is_random else None)
        told = [StrategyTally(key, self._tally(groups[key])) for key in groups if key]
        return sorted(told, key=lambda each: (-each.tally.n, each.strategy))

    def by_snapshot(self) -> list[SnapshotTally]:
        told = []
        for key, group in self._by(lambda told: told.snapshot).items():
            moments = [at for _, at, _ in group]
            told.append(SnapshotTally(key, self._tally(group), min(moments), max(moments)))
        return sorted(told, key=lambda each: (each.last_at, each.snapshot), reverse=True)

    def _by(
        self, key: Callable[[PrequentialRecord], Any]
    ) -> dict[Any, list[tuple[str, datetime, PrequentialRecord]]]:
        groups: dict[Any, list[tuple[str, datetime, PrequentialRecord]]] = {}
        for user_id, kept in self._memory.prequential_records.items():
            for at, told in kept.values():
                groups.setdefault(key(told), []).append((user_id, at, told))
        return groups

    def _tally(self, group: Sequence[tuple[str, datetime, PrequentialRecord]]) -> PairedCounts:
        users: dict[str, list[int]] = {}
        for user_id, _, told in group:
            sums = users.setdefault(user_id, [0, 0, 0])
            sums[0] += 1
            sums[1] += told.forecasts == told.quadrant
            sums[2] += told.foretold_population == told.quadrant
        return tally_of(list(users.values()))


def tally_of(users: Sequence[Sequence[int]]) -> PairedCounts:
    """Sums over users who had n answers, h of which were foretold, p by the population."""
    n, h, p = np.array(users).T
    sums = (n.sum(), h.sum(), p.sum(), n @ n, h @ h, p @ p, h @ n, p @ n, h @ p)
    return PairedCounts(len(users), *map(int, sums))


@dataclass
class ListedTrackFeatures:
    """Sketches of tracks in a list; of a lineage of their own."""

    revision: int
    tracks: Sequence[Track]

    @property
    def lineage(self) -> str:
        return f"revision {self.revision}"

    @property
    def rows(self) -> FloatMatrix:
        drawn = [track.population_prediction.sketch for track in self.tracks]
        return np.stack(drawn) if drawn else np.zeros((0, 5), np.float32)

    @property
    def is_shown(self) -> NDArray[np.bool_]:
        return np.ones(len(self.tracks), np.bool_)

    def track_ids(self, places: IntVector) -> list[str]:
        return [self.tracks[place].track_id for place in places]

    def places(self, track_ids: Collection[str]) -> IntVector:
        known = {track.track_id: place for place, track in enumerate(self.tracks)}
        return np.array([known.get(track_id, -1) for track_id in track_ids], np.int64)


class MemorySketches:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def current(self) -> ListedTrackFeatures:
        changes = self._catalogue.changes_since(0, 1_000_000)
        return ListedTrackFeatures(changes.revision, changes.changed)


class MemoryPersonalModels:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def get(self, key: ModelKey) -> bytes | None:
        seq, blob = self._memory.models.get(_place(key), (0, None))
        return blob if seq == key.label_seq else None

    def put(self, key: ModelKey, blob: bytes) -> bool:
        own = (event.seq for event in self._memory.events if event.user_id == key.user_id)
        is_last = max(own, default=None) == key.label_seq
        if is_last:
            self._memory.models[_place(key)] = (key.label_seq, blob)
        return is_last


class MemoryKeys:
    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self._keys: dict[str, Key] = {}

    def all(self) -> list[Key]:
        return list(self._keys.values())

    def add(self, key: Key) -> None:
        self._keys[key.key_id] = key

    def revoke(self, key_id: str) -> Key:
        if key_id not in self._keys:
            raise KeyNotFoundError(key_id)
        if not self._keys[key_id].is_revoked:
            self._keys[key_id] = replace(self._keys[key_id], revoked_at=self._clock())
        return self._keys[key_id]


def _place(key: ModelKey) -> tuple[str, str, str]:
    return key.user_id, key.snapshot, key.algorithm

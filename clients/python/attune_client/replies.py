# Generated from clients/openapi.json by `make openapi`; do not edit.
"""The service's replies, as the contract describes them: what is null there is None here.

Fields that a newer service adds are left out; a field with a default may be absent, every other
must be there.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

Distribution = dict[str, float]
"""Probability of `Q1` to `Q4`; sums to 1."""


class Quadrant(StrEnum):
    """A quarter of the valence-arousal plane."""

    Q1 = "Q1"
    Q2 = "Q2"
    Q3 = "Q3"
    Q4 = "Q4"


@dataclass(frozen=True, slots=True)
class Estimate:
    """Valence or arousal: from -1 (unpleasant, calm) to 1 (pleasant, excited)."""

    mean: float
    """The expected coordinate. In a prediction valence and arousal lie in the likeliest quadrant;
    an axis itself belongs to its positive side."""
    sd: float
    """Standard deviation of the listener's answer around the mean."""


@dataclass(frozen=True, slots=True)
class LikelySet:
    """The quadrants that hold the answer of whoever is told with the probability `coverage`.

    By split conformal prediction: a quadrant belongs to the set if its probability reaches a limit
    that was fitted to held-out answers of the same group. Nobody in particular and users without
    an answer go by listeners of whom nothing was known; a user with answers by listeners of whom
    all other answers were known, and from 30 answers on by the user's own. Tracks on which others
    voted have a limit of their own. Under the committee personaliser the limit is fitted to labels
    of tracks that the shared models were not trained on. Two rules hold besides: the likeliest
    quadrant is always in the set, and so is the second likeliest where no quadrant has half of the
    probability; the two likeliest always have half together.
    """

    quadrants: tuple[Quadrant, ...]
    """The likeliest first; at least one, and at least two where `ambiguous`."""
    coverage: float
    """The share of answers that such sets hold; 0.8 today."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one source adds to the distribution."""

    log_odds: dict[str, float]
    """Added to the log-odds of each quadrant: above 0 speaks for it, below 0 against it, 0 is
    nothing. A part's four numbers sum to 0. Summed over the four parts they are the logarithm of
    `probabilities`, up to a constant of the track."""
    share: float
    """Sum of |`log_odds`| of this part, divided by the same sum over the four parts; the shares
    add up to 1."""


@dataclass(frozen=True, slots=True)
class Why:
    """Where `probabilities` come from: four parts that add up on the scale of log-odds.

    `level` and `taste` are exactly 0 for nobody in particular and for a user without an answer.
    """

    population: Part
    """What the shared models expect of a listener they do not know."""
    others: Part
    """What other users' answers about this very track change of that; 0 where nobody answered, for
    uploads, and under the committee personaliser."""
    level: Part
    """Which quadrants the user answers more or less often than others do."""
    taste: Part
    """What the user's answers say of music of this sound. Under the committee personaliser, all
    that the user's answers change."""
    words: str
    """The parts in plain sentences for people, in English; a part that does next to nothing is not
    mentioned. The wording may change at any time."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What a stretch of the recording feels like, by the same rules as the whole."""

    start_s: float
    """Seconds from the beginning of the recording."""
    end_s: float
    """Seconds from the beginning of the recording, after `start_s`."""
    probabilities: Distribution
    """Probability of each quadrant; sums to 1."""
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True)
class Personal:
    """What a reply owes to the user's own answers."""

    user_id: str
    n_labels: int
    """How many tracks have an answer of the user that stands."""
    used: bool
    """Whether these answers are in the reply. From the first on they are, but under the committee
    personaliser not in every track's prediction."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that was sent or stored of the track and that this prediction does without."""

    code: str
    """For programs. `lyrics_language`: lyrics in a language that no encoder reads;
    `lyrics_no_words`: lyrics without words; `stale_features`: features that an earlier snapshot
    reads. More may come."""
    message: str
    """For people: what was not used and why."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """Which shared models answered."""

    snapshot: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a track feels like: quadrant, set, point and parts of one distribution.

    Nobody in particular (no `user_id`) and a user without an answer are told the same; other
    users' answers about the track are in it.
    """

    quadrant: Quadrant
    """The likeliest quadrant."""
    probabilities: Distribution
    """Probability that the listener puts the track in each quadrant; sums to 1."""
    valence: Estimate
    arousal: Estimate
    entropy: float
    """Entropy of `probabilities` in nats: 0 where one quadrant is certain, ln 4 = 1.386 where all
    are equally likely."""
    ambiguous: bool
    """Whether no quadrant has a probability of at least 0.5."""
    why: Why
    fusion: str
    """The rule that joined audio and lyrics."""
    modalities: dict[str, Distribution | None]
    """What the shared models say by audio alone and by lyrics alone, on consensus labels. Absent
    for what was not sent; null for what was sent and could not be read, of which there is a
    notice."""
    model: ModelVersion
    set: LikelySet | None = None
    """Null where the coverage is not known: for a fusion that is not the default, for a track that
    an earlier snapshot judged, and where the user's answers taught the committee."""
    segments: tuple[Segment, ...] = ()
    """Stretches of the recording in time; none without a recording."""
    personal: Personal | None = None
    """Null if no user was named."""
    notices: tuple[Notice, ...] = ()
    """What was not used; empty where all was."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why an item has no prediction; `code` is one of the codes of a problem."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: ItemError | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """As many items as were sent, in the same order."""

    items: tuple[BatchItem, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A track worth asking about; a higher score means ask sooner.

    `is_random` tracks were drawn evenly from all that were left; those that a mixture draws have
    score 0. `propensity` is the probability with which the place went to this track, given the
    places before it, and null for a strategy that does not go by lot and where only `playable`
    tracks are asked for. A track that `is_repeat` was answered before; its score is 0.
    """

    track_id: str
    score: float
    is_random: bool = False
    propensity: float | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class QueryReply:
    """The tracks to ask about, the most useful first."""

    tracks: tuple[Query, ...]
    strategy: str
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class RankedTrack:
    """A track in its place; a higher score comes first.

    For a quadrant `score` is `probability`: that the user puts the track there. For a point it is
    minus the distance at which the user's answer is to be expected from it (the root of the
    expected squared distance, in valence and arousal), and `probability` is null.
    """

    track_id: str
    score: float
    valence: Estimate
    arousal: Estimate
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class RankReply:
    """The tracks that fit best, the best first; `next_cursor` is null on the last page.

    `changed` says that the user's answers, others' answers, the catalogue or the shared models
    have changed since the page before: a track may then come twice, or not at all.
    """

    tracks: tuple[RankedTrack, ...]
    changed: bool
    personal: Personal
    model: ModelVersion
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """How many tracks moved from one likeliest quadrant to another."""

    from_: Quadrant
    to: Quadrant
    n: int


@dataclass(frozen=True, slots=True)
class MovedTrack:
    """A track that moved from one likeliest quadrant to another."""

    track_id: str
    from_: Quadrant
    to: Quadrant
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the answers of one call changed for their user.

    A fixed sample of the catalogue, at most 500 tracks and never those just answered, is predicted
    for this user without the call's answers and with them; other users' answers are the same both
    times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts them,
    the most frequent first; `tracks` are at most three of them.
    """

    n_tracks: int
    n_moved: int
    moves: tuple[Move, ...]
    tracks: tuple[MovedTrack, ...]


@dataclass(frozen=True, slots=True)
class UpdateReply:
    """What became of the labels.

    `accepted` were new, `duplicates` had been recorded before; `n_labels` counts the tracks
    that have an answer now. `effect` is null unless the call asked for it, and where it recorded
    nothing new.
    """

    accepted: int
    duplicates: int
    n_labels: int
    personal: Personal
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A registered track.

    `audio_url` is what a browser can play: an address here that is good for some hours, if the
    audio is kept, else what was registered. `prediction` is null if the track was registered with
    other features than the model reads; registering it again mends that.
    """

    track_id: str
    has_audio: bool
    has_lyrics: bool
    created_at: datetime
    title: str | None = None
    artist: str | None = None
    duration_s: float | None = None
    audio_url: str | None = None
    prediction: Prediction | None = None


@dataclass(frozen=True, slots=True)
class TrackPage:
    """Tracks in the order of their ids; `next_cursor` is null on the last page."""

    tracks: tuple[Track, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """What is recorded of a user; of `n_cant_tell` tracks they said that they cannot tell."""

    user_id: str
    n_labels: int
    quadrants: dict[str, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Personal
    n_cant_tell: int = 0


@dataclass(frozen=True, slots=True)
class StandingLabel:
    """An answer that stands, and what its track is called."""

    track_id: str
    quadrant: Quadrant
    created_at: datetime
    title: str | None = None
    artist: str | None = None
    valence: float | None = None
    arousal: float | None = None
    liking: int | None = None
    familiarity: int | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """How much of what is expected lies in each cell of the plane; it sums to 1.

    Rows are arousal, from low to high; in each, valence from low to high, at the places in `axis`.
    """

    density: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Personal less population on one axis: its mean over the sampled tracks, how it varies."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the plane."""

    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class TrackDifference:
    """A track that is expected elsewhere for this user than for everybody."""

    track_id: str
    personal: Point
    population: Point
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How what is expected of this user differs from what is expected of everybody."""

    valence: Spread
    arousal: Spread
    tracks: tuple[TrackDifference, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` were hits, with an interval of 95 %.

    Of one listener it is Wilson's; over listeners, who differ, their answers are not taken for
    independent.
    """

    n: int
    hits: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How often the answers given after so many labels were foretold rightly."""

    from_labels: int
    to_labels: int
    personal: Share
    population: Share


@dataclass(frozen=True, slots=True)
class Prequential:
    """How often the user's quadrants were foretold rightly, each before it was learnt.

    `personal`: by what the user was told; `population`: by what a newcomer would have been told.
    Null where nothing was foretold yet.
    """

    n: int
    curve: tuple[Step, ...]
    personal: Share | None = None
    population: Share | None = None


@dataclass(frozen=True, slots=True)
class Consistency:
    """How far the user agrees with themselves, where a track was asked about again.

    It is no bound on how often forecasts can be right.
    `distance` is the root of the mean squared distance on the plane, null without points.
    """

    n: int
    same_quadrant: Share | None = None
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """The mean of `n` paired differences, with Student's interval of 95 %; null for one alone."""

    n: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Paired:
    """Personal against population forecasts of the same answers, each made before its answer.

    Of `n` answers, `both` were forecast rightly either way, `only_personal` only with the user's
    answers, `only_population` only without them, `neither` not at all. `p_value` is that of the
    exact two-sided McNemar test. `log_likelihood` is the personal less the population
    log-probability of the answered quadrant, in nats an answer; null where no probability is kept,
    as of corrected answers.
    """

    n: int
    both: int
    only_personal: int
    only_population: int
    neither: int
    p_value: float
    log_likelihood: MeanDifference | None = None


@dataclass(frozen=True, slots=True)
class Habit:
    """How often the user gives an answer: `n` times, where others would `expected` times.

    Over the same tracks, those of the newest 500 answers that stand; `expected` is the sum of what
    somebody without answers is told of them.
    """

    quadrant: Quadrant
    n: int
    expected: float


@dataclass(frozen=True, slots=True)
class OwnTrack:
    """A track of which `quadrant` is likeliest for the user, with its probability.

    `playable`: whether it can be heard, at the address that `GET /tracks/{track_id}` tells.
    """

    track_id: str
    quadrant: Quadrant
    probability: float
    playable: bool
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of a user.

    `labels` are the answers that stand, the newest first, at most 2,000. `personal` and
    `population` say where on the plane the model expects the tracks of the catalogue (of a long
    one a fixed sample) for this user and for everybody. `used` says whether the user's answers
    change what they are told. `habits` has one entry for each quadrant; `own_tracks` holds at most
    five of each, the likeliest first, without tracks that the user put elsewhere.
    """

    user_id: str
    n_labels: int
    n_cant_tell: int
    labels: tuple[StandingLabel, ...]
    axis: tuple[float, ...]
    personal: Expected
    population: Expected
    difference: Difference
    prequential: Prequential
    consistency: Consistency
    paired: Paired
    habits: tuple[Habit, ...]
    own_tracks: tuple[OwnTrack, ...]
    used: bool
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class LabelEvent:
    """A line of a user's log."""

    event_id: str
    track_id: str
    created_at: datetime
    quadrant: Quadrant | None = None
    valence: float | None = None
    arousal: float | None = None
    cant_tell: bool = False
    retracted: bool = False
    emotion: str | None = None
    liking: int | None = None
    familiarity: int | None = None
    strategy: str | None = None
    is_random: bool = False
    is_repeat: bool = False
    others: dict[str, float] | None = None
    """Votes of other users on the track when the answer was given, which is learnt from with them;
    left out where there were none. An answer is one vote, split among the quadrants near an
    axis."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Shared models that are tried beside the others, and which share of users they answer."""

    snapshot: str
    share: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What shifts the shared models' zero points to the catalogue, and what it was fitted to."""

    version: str
    created_at: datetime
    n_tracks: int
    n_answers: int


@dataclass(frozen=True, slots=True)
class Model:
    """The shared models that answer, and what they can be asked for.

    `embeddings` says how many numbers they read of what a caller's encoder makes of audio and of
    lyrics, and is null for models that read recordings and lyrics themselves. `candidate` is null
    unless others answer a share of users, `calibration` unless one shifts what is told.
    """

    snapshot: str
    features: str
    modalities: tuple[str, ...]
    fusions: tuple[str, ...]
    default_fusion: str
    strategies: tuple[str, ...]
    manifest: dict[str, object]
    embeddings: dict[str, int] | None = None
    candidate: Candidate | None = None
    calibration: Calibration | None = None


@dataclass(frozen=True, slots=True)
class Reload:
    """What the folders of snapshots hold now.

    `previous` is what the worker that was asked has answered with so far; `is_new` says whether
    that or the candidate is to change.
    """

    version: str
    previous: str
    is_new: bool
    candidate: str | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """Whether each thing that every answer needs is there."""

    database: str
    snapshot: str
    encoders: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker can answer."""

    status: str
    checks: Checks


@dataclass(frozen=True, slots=True)
class Day:
    """What was answered on a day, in UTC; corrections count, what took answers back does not."""

    day: date
    n_labels: int
    n_users: int


@dataclass(frozen=True, slots=True)
class UserCount:
    """How many users have an answer on so many tracks; `to` is null without end."""

    from_: int
    n_users: int
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """The personal share less the population's, with an interval of 95 % over users.

    All are null where there are fewer than two users.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often quadrants were foretold rightly after so many labels, each before it was learnt.

    `personal`: by what users were told; `population`: by what a newcomer would have been told.
    `to_labels` is null without end.
    """

    from_labels: int
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    to_labels: int | None = None


@dataclass(frozen=True, slots=True)
class StrategyAccuracy:
    """The same of tracks that were drawn evenly, by the strategy that asked about them."""

    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotAccuracy:
    """The same by the shared models that foretold; `role` is what they serve as now.

    Under a calibration `snapshot` ends with `+` and its version: each counts by itself.
    """

    snapshot: str
    role: str
    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ListenerPrior:
    """What is expected of a listener who has answered nothing yet."""

    kappa: float
    """How many votes the shared models count for."""
    gamma: float
    """How far one listener's answers follow them: the power they get."""
    tau: float
    """How far listeners differ throughout: a variance of log-odds."""
    omega: float
    """How far they differ by the sound: a variance of log-odds."""


@dataclass(frozen=True, slots=True)
class ListenerPriorComparison:
    """Negative log-likelihood, in nats an answer, of answers that neither was fitted to.

    `low` and `high` are the bounds of a 95 % interval over users of `learnt - shipped`; null of a
    single user.
    """

    n_answers: int
    n_users: int
    shipped: float
    learnt: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Listeners:
    """What the service has learnt about its users, for whoever comes next.

    `state` is `few` as long as fewer than `n_needed` users have `n_answers_each` answers,
    `waiting` until the next calibration, `worse` where what was learnt predicted no better than
    what the snapshot brings, and `learnt` where it is served. `n_users` have so many answers now.
    `n_fitted` answers were learnt from.
    """

    state: str
    n_users: int
    n_needed: int
    n_answers_each: int
    shipped: ListenerPrior
    n_fitted: int
    learnt: ListenerPrior | None = None
    judged: ListenerPriorComparison | None = None
    calibrated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a route takes, since the workers were started.

    Read off the buckets of `attune_request_seconds`, by linear interpolation within one.
    """

    method: str
    route: str
    n: int
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is, and how well it is foretold.

    `n_users` have an answer that stands; `n_labels` are these answers. `labels_per_day` holds the
    last 90 days. Shares are of answers that came by `POST /update`; groups without any are left
    out. Intervals are over users.
    """

    at: datetime
    n_users: int
    n_labels: int
    n_tracks: int
    labels_per_day: tuple[Day, ...]
    users_by_labels: tuple[UserCount, ...]
    accuracy: tuple[Accuracy, ...]
    strategies: tuple[StrategyAccuracy, ...]
    snapshots: tuple[SnapshotAccuracy, ...]
    listeners: Listeners
    latency: tuple[Latency, ...]

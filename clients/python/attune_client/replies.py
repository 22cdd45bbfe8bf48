# Generated from clients/openapi.json by `make openapi`; do not edit.
"""The service's replies, by its contract; null is None.

Fields that a newer service adds are ignored. A field with a default may be missing.
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
    """Valence or arousal: from -1 (unpleasant, quiet) to 1 (pleasant, energetic)."""

    mean: float
    """The expected coordinate. In a prediction, valence and arousal lie in the likeliest quadrant;
    0 belongs to the positive side."""
    sd: float
    """Standard deviation of the user's answer around the mean."""


@dataclass(frozen=True, slots=True)
class LikelySet:
    """The quadrants that contain the user's answer with probability `coverage`.

    Split conformal prediction: a quadrant belongs to the set if its probability reaches a limit
    that was fitted to held-out answers of the same group. Requests without a user and users
    without labels use a limit fitted to listeners without known labels; users with labels use one
    fitted to listeners whose other labels were all known, and from 30 labels on one fitted to
    their own. Tracks with votes of other users have a limit of their own. Under the committee
    personaliser the limit is fitted to labels of tracks that the shared models were not trained
    on. Two more rules hold: the set always contains the likeliest quadrant, and also the second
    likeliest if no quadrant has a probability of one half. The two likeliest always have one half
    together.
    """

    quadrants: tuple[Quadrant, ...]
    """The likeliest first; at least one, and at least two if `ambiguous`."""
    coverage: float
    """Share of answers that such sets contain; 0.8 today."""


@dataclass(frozen=True, slots=True)
class Part:
    """The contribution of one source to the distribution."""

    log_odds: dict[str, float]
    """Added to the log-odds of each quadrant: above 0 favours it, below 0 disfavours it. A part's
    four numbers sum to 0. Their sum over the four parts is the logarithm of `probabilities`, up to
    a constant of the track."""
    share: float
    """Sum of |`log_odds`| of this part, divided by the same sum over the four parts; the four
    shares sum to 1."""


@dataclass(frozen=True, slots=True)
class Why:
    """The explanation of `probabilities`: four parts that add up on the scale of log-odds.

    `level` and `taste` are exactly 0 without a user and for a user without labels.
    """

    population: Part
    """What the shared models expect of an unknown listener."""
    others: Part
    """What other users' labels of this track change; 0 if no other user labelled it, for uploads,
    and under the committee personaliser."""
    level: Part
    """Which quadrants the user answers more or less often than others."""
    taste: Part
    """What the user's labels imply for music of this sound. Under the committee personaliser,
    everything that the user's labels change."""
    words: str
    """The parts in plain English sentences for people; a part with almost no effect is left out.
    The wording may change at any time."""


@dataclass(frozen=True, slots=True)
class Segment:
    """The prediction for a segment of the recording, by the same rules as the whole."""

    start_s: float
    """Seconds from the beginning of the recording."""
    end_s: float
    """Seconds from the beginning of the recording; more than `start_s`."""
    probabilities: Distribution
    """Probability of each quadrant; sums to 1."""
    valence: Estimate
    arousal: Estimate


@dataclass(frozen=True, slots=True)
class Personal:
    """How the user's own labels take part in a reply."""

    user_id: str
    n_labels: int
    """Number of tracks that the user has labelled."""
    used: bool
    """Whether the reply uses these labels. It does from the first label on, except under the
    committee personaliser, where some tracks' predictions do not."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Content of the track that is not used, not as it is, or that was read by a guess."""

    code: str
    """For programs. `lyrics_language`: lyrics in a language that no encoder reads;
    `lyrics_no_words`: lyrics without words; `lyrics_cut`: lyrics that are too long;
    `lyrics_encoding`: lyrics in a guessed encoding, or with broken characters;
    `lyrics_unreadable`: a file of lyrics that is no text; `stale_features`: features that only an
    earlier snapshot reads; `votes_only`: features that no served snapshot reads, so only other
    users' labels predict the track; `audio_scaled`: samples in integer units in a floating-point
    file, divided by full scale. More codes may be added."""
    message: str
    """For people: what is not used or guessed, and why."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """The shared models that computed the reply."""

    snapshot: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The predicted emotion of a track: quadrant, set, point and parts of one distribution.

    Without `user_id` the prediction is that of a user without labels; it includes other users'
    labels of the track.
    """

    quadrant: Quadrant
    """The likeliest quadrant."""
    probabilities: Distribution
    """Probability that the user puts the track in each quadrant; sums to 1."""
    valence: Estimate
    arousal: Estimate
    entropy: float
    """Entropy of `probabilities` in nats: 0 if one quadrant is certain, ln 4 = 1.386 if all are
    equally likely."""
    ambiguous: bool
    """Whether no quadrant has a probability of at least 0.5."""
    why: Why
    fusion: str
    """The rule that joined audio and lyrics."""
    modalities: dict[str, Distribution | None]
    """Predictions of the shared models by audio alone and by lyrics alone, on consensus labels. A
    missing modality is absent; one that could not be read is null and has a notice."""
    model: ModelVersion
    set: LikelySet | None = None
    """Null if the coverage is unknown: for a fusion other than the default, for a track predicted
    by an earlier snapshot, and where the committee was trained on the user's labels."""
    segments: tuple[Segment, ...] = ()
    """Segments of the recording in time; empty without a recording, and for registered tracks
    whose segments the service does not store."""
    personal: Personal | None = None
    """Null without a user."""
    notices: tuple[Notice, ...] = ()
    """What is not used or was guessed; empty if all is used. What was guessed or cut in lyrics is
    said in the reply to the request that holds them."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """The error of an item; `code` is one of the codes of a problem."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One item's prediction, or its error."""

    prediction: Prediction | None = None
    error: ItemError | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One item for each track of the request, in the same order."""

    items: tuple[BatchItem, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A track to ask about; a higher score means more informative.

    `is_random` tracks were drawn uniformly from the remaining tracks; those drawn by a mixture
    have score 0. `propensity` is the probability that the place went to this track, given the
    places before it; it is null for strategies without randomness and with `playable`. A track
    that `is_repeat` was labelled before; its score is 0.
    """

    track_id: str
    score: float
    is_random: bool = False
    propensity: float | None = None
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class QueryReply:
    """The tracks to ask about, the most informative first."""

    tracks: tuple[Query, ...]
    strategy: str
    model: ModelVersion


@dataclass(frozen=True, slots=True)
class RankedTrack:
    """A ranked track; a higher score comes first.

    For a quadrant, `score` is `probability`: that the user puts the track there. For a point,
    `score` is minus the root of the expected squared distance between the user's answer and the
    point, in valence and arousal, and `probability` is null.
    """

    track_id: str
    score: float
    valence: Estimate
    arousal: Estimate
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class RankReply:
    """The tracks that fit best, best first; `next_cursor` is null on the last page.

    `changed` is true if labels, the catalogue or the shared models changed since the previous
    page: a track may then appear twice, or not at all.
    """

    tracks: tuple[RankedTrack, ...]
    changed: bool
    personal: Personal
    model: ModelVersion
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Number of tracks whose likeliest quadrant moved from one to another."""

    from_: Quadrant
    to: Quadrant
    n: int


@dataclass(frozen=True, slots=True)
class MovedTrack:
    """A track whose likeliest quadrant changed."""

    track_id: str
    from_: Quadrant
    to: Quadrant
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the labels of one call changed for their user.

    The service predicts a fixed sample of the catalogue (at most 500 tracks, without those just
    labelled) for this user, without and with the call's labels. Other users' labels are the same
    both times. `n_moved` of the `n_tracks` have another likeliest quadrant now. `moves` counts
    them, the most frequent first; `tracks` holds at most three of them.
    """

    n_tracks: int
    n_moved: int
    moves: tuple[Move, ...]
    tracks: tuple[MovedTrack, ...]


@dataclass(frozen=True, slots=True)
class UpdateReply:
    """The result of recording labels.

    `accepted` labels were new, `duplicates` were recorded before; `n_labels` counts the tracks
    that the user has labelled now. `effect` is null if the call does not request it or records
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

    `audio_url` is an address that a browser can play: one of this service, valid for some hours,
    if the audio is stored, else the registered URL. `prediction` is null if the track holds
    features that the model does not read; registering it again solves that. It is null, too, in
    the reply to a registration that another call deleted meanwhile.
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
class UserItem:
    """A user with recorded labels; `n_labels` counts the current ones."""

    user_id: str
    n_labels: int
    last_label_at: datetime


@dataclass(frozen=True, slots=True)
class UserPage:
    """Users in the order of their ids; `next_cursor` is null on the last page."""

    users: tuple[UserItem, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class User:
    """Summary of a user's labels; for `n_cant_tell` tracks the user could not tell."""

    user_id: str
    n_labels: int
    quadrants: dict[str, int]
    first_label_at: datetime
    last_label_at: datetime
    personal: Personal
    n_cant_tell: int = 0


@dataclass(frozen=True, slots=True)
class StandingLabel:
    """A current label, with the title and artist of its track."""

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
    """Density of predictions on the cells of the valence-arousal plane; sums to 1.

    Rows are arousal and columns valence, from low to high, at the centres in `axis`.
    """

    density: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Personal minus population prediction on one axis: mean and deviation over the sample."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the valence-arousal plane."""

    valence: float
    arousal: float


@dataclass(frozen=True, slots=True)
class TrackDifference:
    """A track with different predictions for the user and by the population model."""

    track_id: str
    personal: Point
    population: Point
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """How the user's predictions differ from those of the population model."""

    valence: Spread
    arousal: Spread
    tracks: tuple[TrackDifference, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Number and share of hits among `n`, with a 95 % interval.

    Wilson interval for one user; cluster-robust across users.
    """

    n: int
    hits: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Accuracy of the forecasts made after `from_labels` to `to_labels` labels."""

    from_labels: int
    to_labels: int
    personal: Share
    population: Share


@dataclass(frozen=True, slots=True)
class Prequential:
    """Accuracy of forecasts of the user's answers, each made before its answer was learnt.

    `personal` uses the user's labels; `population` is the population model. Both are null without
    forecasts.
    """

    n: int
    curve: tuple[Step, ...]
    personal: Share | None = None
    population: Share | None = None


@dataclass(frozen=True, slots=True)
class Consistency:
    """How consistently the user answers repeated questions.

    It is no upper bound for accuracy. `distance` is the root mean squared distance on the plane,
    null without points.
    """

    n: int
    same_quadrant: Share | None = None
    distance: float | None = None


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Mean of `n` paired differences, with Student's 95 % interval, null for `n` = 1."""

    n: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Paired:
    """Personal against population forecasts of the same answers, each made before its answer.

    Of `n` answers, `both` counts those that both forecast correctly, `only_personal` and
    `only_population` those that one forecast correctly, and `neither` the rest. `p_value` is that
    of the exact two-sided McNemar test. `log_likelihood` is the personal minus the population
    log-probability of the answered quadrant, in nats per answer; null if no probability is stored,
    as for corrected answers.
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
    """How often the user gives an answer: `n` times, against `expected` times by the population.

    Both are over the tracks of the newest 500 labels; `expected` is the sum of the probabilities
    under the population model.
    """

    quadrant: Quadrant
    n: int
    expected: float


@dataclass(frozen=True, slots=True)
class OwnTrack:
    """A track whose likeliest quadrant for the user is `quadrant`, with its probability.

    `playable` tells whether `audio_url` of `GET /tracks/{track_id}` can be played.
    """

    track_id: str
    quadrant: Quadrant
    probability: float
    playable: bool
    title: str | None = None
    artist: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """The profile of a user.

    `labels` holds the current labels, newest first, at most 2,000. `personal` and `population` are
    densities of the predictions for the catalogue (a fixed sample of a long one), for this user
    and by the population model. `used` tells whether the user's labels change their predictions.
    `habits` has one entry for each quadrant; `own_tracks` holds at most five tracks of each, the
    likeliest first, without tracks that the user put into another quadrant.
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
    """Votes of other users on the track at the time of the answer; absent if there were none. The
    models learn from both together. An answer is one vote, split among quadrants near an axis."""
    superseded: bool | None = None
    """True if the track had a newer label when the line was imported, so that it is not the
    current one; absent otherwise. Default: `false`."""


@dataclass(frozen=True, slots=True)
class ImportReply:
    """The result of importing a log.

    `accepted` lines were new, `duplicates` were recorded before; `n_labels` counts the tracks
    that the user has labelled now. Of the new lines, `older` had a newer label of their track: the
    log keeps them, and the newer label stays current. `n_unregistered` tracks of new lines were
    deleted or never registered here; their labels are kept, and `PUT /tracks` accepts the tracks.
    `unregistered` holds the ids of the first hundred in order. `effect` is null.
    """

    accepted: int
    duplicates: int
    n_labels: int
    personal: Personal
    effect: Effect | None = None
    older: int = 0
    n_unregistered: int = 0
    unregistered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A second snapshot on trial, and the share of users that it answers."""

    snapshot: str
    share: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """The calibration that shifts the shared models' zero points to the catalogue."""

    version: str
    created_at: datetime
    n_tracks: int
    n_answers: int


@dataclass(frozen=True, slots=True)
class Model:
    """The shared models that are served, with their fusions and strategies.

    `embeddings` holds the length of the audio and lyrics embeddings that the models read; it is
    null for models that read recordings and lyrics themselves. `candidate` is null unless a second
    snapshot answers a share of users. `calibration` is null unless one is in use.
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
    """The snapshots that the configured folders hold now.

    `previous` is the version that the answering worker has served so far. `is_new` is true if the
    snapshot or the candidate will change.
    """

    version: str
    previous: str
    is_new: bool
    candidate: str | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """The result of each readiness check."""

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
    """Labels recorded on a day (UTC); corrections count, retractions do not."""

    day: date
    n_labels: int
    n_users: int


@dataclass(frozen=True, slots=True)
class UserCount:
    """Number of users with labels on `from` to `to` tracks; `to` is null in the last bin."""

    from_: int
    n_users: int
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Gain:
    """The personal share minus the population's, with a 95 % interval over users.

    All values are null for fewer than two users.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Accuracy of forecasts made after `from_labels` to `to_labels` labels.

    Each forecast was made before its answer was learnt. `personal` uses the user's labels;
    `population` is the population model. `to_labels` is null in the last bin.
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
    """Accuracy on uniformly drawn tracks, by the strategy that chose them."""

    n: int
    n_users: int
    personal: Share
    population: Share
    gain: Gain
    strategy: str | None = None


@dataclass(frozen=True, slots=True)
class SnapshotAccuracy:
    """Accuracy by the snapshot that made the forecasts; `role` is its current role.

    With a calibration, `snapshot` ends with `+` and the calibration's version; each combination
    counts separately.
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
    """The prior over listeners, used for a user without labels."""

    kappa: float
    """Weight of the shared models, as a number of votes."""
    gamma: float
    """Exponent of the shared distribution in one listener's prediction."""
    tau: float
    """Variance between listeners of the level, in squared log-odds."""
    omega: float
    """Variance between listeners of the taste, in squared log-odds."""


@dataclass(frozen=True, slots=True)
class ListenerPriorComparison:
    """Negative log-likelihood, in nats per answer, of answers that neither prior was fitted to.

    `low` and `high` bound a 95 % interval over users for `learnt - shipped`; null for a single
    user.
    """

    n_answers: int
    n_users: int
    shipped: float
    learnt: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Listeners:
    """The prior over listeners, shipped with the snapshot or learnt from the service's users.

    `state` is `few` while fewer than `n_needed` users have `n_answers_each` labels, `waiting`
    until the next calibration, `worse` if the learnt prior predicted no better than the shipped
    one, and `learnt` if it is in use. `n_users` is the number of users with that many labels now.
    `n_fitted` is the number of answers that the learnt prior was fitted to.
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
    """Latency of a route since the workers started.

    Quantiles come from the buckets of `attune_request_seconds`, interpolated linearly.
    """

    method: str
    route: str
    n: int
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of users, labels and tracks, and the accuracy of forecasts.

    `n_users` counts users with a label, `n_labels` their current labels. `labels_per_day` holds
    the last 90 days. Shares are over answers from `POST /update`; groups without answers are left
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

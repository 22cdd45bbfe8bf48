"""Queries: choose the tracks to ask a user about next."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from models.errors import EmptyPoolError, NoLogisticModelError
from models.personal import PersonalLogistic
from models.query import LargePool, Question, is_personal, require_strategy
from models.query import ask as choose
from service.api.query.pools import PoolSources, QueryPool, query_pool
from service.api.query.repeats import (
    Place,
    draw_places,
    fill_places,
    repeatable_tracks,
    without_propensity,
)
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.serving.personal_models import UserModels

DEFAULT = "mc"
"""The default strategy under a committee personaliser."""
DEFAULT_LOGISTIC = "diverse"
"""The default strategy under the logistic personaliser. In the experiments no strategy beat random
selection; of the strategies that spread their questions, this one is the cheapest."""
MOST_CHECKED = 10_000
"""Most tracks that are looked up to find one that can be played."""
MOST_REPEATABLE = 1_000
"""Most labelled tracks that are looked up to find one that can be played again."""
_RETRY_FACTOR = 8
_RETRY_EXTRA = 32
"""A second selection of ``8 n + 32`` tracks, if too few of the first can be played."""


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A request for tracks to ask a user about.

    Attributes:
        strategy: A name in ``models.query.STRATEGIES``; None for the personaliser's default.
        repeat_share: Probability with which each place goes to a track that the user labelled
            long enough ago, if there is one.
    """

    user_id: str
    n: int
    strategy: str | None = None
    exclude: Collection[str] = ()
    repeat_share: float = 0.0
    playable_only: bool = False


@dataclass(frozen=True, slots=True)
class Questions:
    """The tracks to ask a user about.

    Attributes:
        tracks: The most informative first, each once; repeats are anywhere among them.
    """

    strategy: str
    tracks: list[Question]
    snapshot: str


def query(
    request: QueryRequest,
    *,
    sources: PoolSources,
    log: LabelLog,
    listeners: UserModels,
    rng: np.random.Generator,
) -> Questions:
    """Return the tracks to ask the user about.

    Except for repeats, they hold no excluded track and no track that the user has labelled or
    could not tell. The user's own labels do not count as votes of others.

    With `playable_only`, the service checks the tracks that the strategy chose. If too few can be
    played, it lets the strategy choose more, and at last from the playable ones of at most
    `MOST_CHECKED` tracks, drawn evenly.

    Raises:
        UnknownStrategyError: The strategy is unknown.
        NoLogisticModelError: The strategy needs a logistic model, and the personaliser has none.
        EmptyPoolError: No track is left, or none that can be played.
    """
    strategy = request.strategy or default_strategy(listeners)
    require_strategy(strategy)
    if is_personal(strategy) and not _has_logistic_models(listeners):
        raise NoLogisticModelError
    found = query_pool(
        request.user_id, request.exclude, sources=sources, log=log, listeners=listeners
    )
    places = _places(request, found, listeners.catalogue, rng)
    n_left = sum(place.repeat is None for place in places)
    select = partial(choose, strategy, rng=rng)
    if request.playable_only:
        selection = _PlayableSelection(found.pool, select, listeners.catalogue, rng)
        questions = selection.select_playable(n_left)
    else:
        questions = select(found.pool, n_left)
    return Questions(strategy, list(fill_places(places, questions)), listeners.snapshot.version)


def default_strategy(listeners: UserModels) -> str:
    """Return the default strategy of the personaliser."""
    return DEFAULT_LOGISTIC if _has_logistic_models(listeners) else DEFAULT


def _has_logistic_models(listeners: UserModels) -> bool:
    return isinstance(listeners.personaliser.population_model, PersonalLogistic)


def _places(
    request: QueryRequest, found: QueryPool, catalogue: Catalogue, rng: np.random.Generator
) -> list[Place]:
    """Return the places of this request, some with a track that the user is asked about again.

    At most `MOST_REPEATABLE` tracks, drawn evenly, are looked up to find playable ones. Of more,
    the propensity is unknown, because it depends on how many of the others can be played.
    """
    if not request.repeat_share:
        return draw_places(request.n, 0.0, [], rng)
    labelled = repeatable_tracks(found.answers)
    track_ids = found.in_catalogue([each for each in labelled if each not in request.exclude])
    if not request.playable_only:
        return draw_places(request.n, request.repeat_share, track_ids, rng)
    is_sample = len(track_ids) > MOST_REPEATABLE
    if is_sample:
        drawn = rng.choice(len(track_ids), MOST_REPEATABLE, replace=False)
        track_ids = [track_ids[place] for place in drawn.tolist()]
    playable = catalogue.playable(track_ids)
    repeatable = [track_id for track_id in track_ids if track_id in playable]
    places = draw_places(request.n, request.repeat_share, repeatable, rng)
    return [without_propensity(place) for place in places] if is_sample else places


@dataclass(frozen=True, slots=True, eq=False)
class _PlayableSelection:
    """Selects tracks that can be played."""

    pool: LargePool
    select: Callable[[LargePool, int], list[Question]]
    catalogue: Catalogue
    rng: np.random.Generator

    def select_playable(self, n: int) -> list[Question]:
        """Return at most ``n`` questions about playable tracks.

        Raises:
            EmptyPoolError: No track of the pool, or of a large sample of it, can be played.
        """
        n_most = min(n, self.pool.n_tracks)
        # A strategy's choice may depend on `n`, so try `n` itself first.
        questions = self._playable(self.select(self.pool, n))
        if len(questions) < n_most:
            more = self.select(self.pool, _RETRY_FACTOR * n + _RETRY_EXTRA)
            questions = self._playable(more)[:n]
        if len(questions) < n_most:
            questions = self._select_from_playable(n)
        # The propensity depends on how many other tracks can be played, which is unknown.
        return [replace(question, propensity=None) for question in questions]

    def _playable(self, questions: list[Question]) -> list[Question]:
        playable = self.catalogue.playable([question.track_id for question in questions])
        return [question for question in questions if question.track_id in playable]

    def _select_from_playable(self, n: int) -> list[Question]:
        pool = self.pool
        places = pool.draw(min(MOST_CHECKED, pool.n_tracks), self.rng)
        playable = self.catalogue.playable(track_ids := pool.ids_at(places))
        is_playable = np.array([track_id in playable for track_id in track_ids])
        try:
            return self.select(pool.restricted_to(places[is_playable]), n)
        except EmptyPoolError as error:
            message = (
                f"No track is left that can be played; `playable` leaves out {len(track_ids)} "
                "tracks without stored audio and without an `audio_url`."
            )
            if len(track_ids) < pool.n_tracks:
                message = (
                    f"None of {len(track_ids)} of the {pool.n_tracks} tracks that are left, drawn "
                    "at random, has stored audio or an `audio_url`, as `playable` requires."
                )
            raise EmptyPoolError(message) from error

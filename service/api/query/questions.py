"""Queries: choose the tracks to ask a user about next."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from models.errors import EmptyPoolError
from models.personal import PersonalLogistic
from models.query import Pool, Question, is_light, is_personal
from models.query import ask as choose
from service.api.query.pools import PoolSources, QueryPool, committee_pool, logistic_pool
from service.api.query.repeats import draw_places, fill_places, repeatable_tracks
from service.db.catalogue import Catalogue
from service.db.label_log import LabelLog
from service.serving.personal_models import UserModels

DEFAULT = "mc"
"""The default strategy under a committee personaliser."""
DEFAULT_LOGISTIC = "diverse"
"""The default strategy under the logistic personaliser. In the experiments no strategy beat random
selection; of the strategies that spread their questions, this one is the cheapest."""
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
    played, it lets the strategy choose more, and at last checks every track of the pool, which
    takes time proportional to the pool.

    Raises:
        UnknownStrategyError: The strategy is unknown.
        NoLogisticModelError: The strategy needs a logistic model, and the personaliser has none.
        EmptyPoolError: No track is left, or none that can be played.
    """
    strategy = request.strategy or default_strategy(listeners)
    has_models = _has_logistic_models(listeners)
    build = (
        logistic_pool
        if is_personal(strategy) or (has_models and is_light(strategy))
        else committee_pool
    )
    pool_without = partial(build, request.user_id, sources=sources, log=log, listeners=listeners)
    query_pool = pool_without(request.exclude)
    repeatable = _repeatable(request, query_pool, listeners.catalogue)
    places = draw_places(request.n, request.repeat_share, repeatable, rng)
    n_left = sum(place.repeat is None for place in places)
    select = partial(choose, strategy, rng=rng)
    if request.playable_only:
        selection = _PlayableSelection(query_pool, pool_without, select, listeners.catalogue)
        questions = selection.select_playable(n_left, request.exclude)
    else:
        questions = select(query_pool.pool, n_left)
    return Questions(strategy, list(fill_places(places, questions)), listeners.snapshot.version)


def default_strategy(listeners: UserModels) -> str:
    """Return the default strategy of the personaliser."""
    return DEFAULT_LOGISTIC if _has_logistic_models(listeners) else DEFAULT


def _has_logistic_models(listeners: UserModels) -> bool:
    return isinstance(listeners.personaliser.population_model, PersonalLogistic)


def _repeatable(request: QueryRequest, query_pool: QueryPool, catalogue: Catalogue) -> list[str]:
    """Return the tracks that this request may ask about again."""
    if not request.repeat_share:
        return []
    labelled = repeatable_tracks(query_pool.answers)
    track_ids = query_pool.in_catalogue([each for each in labelled if each not in request.exclude])
    if not request.playable_only:
        return track_ids
    playable = catalogue.playable(track_ids)
    return [track_id for track_id in track_ids if track_id in playable]


@dataclass(frozen=True, slots=True, eq=False)
class _PlayableSelection:
    """Selects tracks that can be played."""

    query_pool: QueryPool
    pool_without: Callable[[Collection[str]], QueryPool]
    select: Callable[[Pool, int], list[Question]]
    catalogue: Catalogue

    def select_playable(self, n: int, exclude: Collection[str]) -> list[Question]:
        """Return at most ``n`` questions about playable tracks.

        Raises:
            EmptyPoolError: No track of the pool can be played.
        """
        pool = self.query_pool.pool
        # A strategy's choice may depend on `n`, so try `n` itself first.
        questions = self._playable(self.select(pool, n))
        if len(questions) < min(n, pool.n_tracks):
            questions = self._playable(self.select(pool, _RETRY_FACTOR * n + _RETRY_EXTRA))[:n]
        if len(questions) < min(n, pool.n_tracks):
            questions = self._select_from_playable(n, exclude)
        # The propensity depends on how many other tracks can be played, which is unknown.
        return [replace(question, propensity=None) for question in questions]

    def _playable(self, questions: list[Question]) -> list[Question]:
        playable = self.catalogue.playable([question.track_id for question in questions])
        return [question for question in questions if question.track_id in playable]

    def _select_from_playable(self, n: int, exclude: Collection[str]) -> list[Question]:
        track_ids = self.query_pool.pool.track_ids[:]
        unplayable = set(track_ids) - self.catalogue.playable(track_ids)
        try:
            left = self.pool_without(unplayable.union(exclude))
        except EmptyPoolError as error:
            message = (
                f"No track is left that can be played; `playable` leaves out {len(track_ids)} "
                "tracks without stored audio and without an `audio_url`."
            )
            raise EmptyPoolError(message) from error
        return self.select(left.pool, n)

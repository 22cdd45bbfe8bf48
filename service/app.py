"""The service: ``bentoml serve service.app:Attune``.

Endpoints decode, call one use case, and encode.
"""

import os
from functools import cache, partial
from typing import Any

import bentoml
from anyio import CapacityLimiter, to_thread

from models.errors import AttuneError
from service import predict, query, rank, update
from service.contract import describe
from service.metrics import Metrics
from service.ports import Catalogue
from service.refusals import StoreUnavailableError
from service.resources import resources
from service.schemas.prediction import Prediction
from service.schemas.replies import Batch, QueryOut, RankOut, UpdateOut
from service.schemas.requests import PredictBatchIn, PredictIn, QueryIn, RankIn, UpdateIn
from service.settings import Settings
from service.transport.bento import AttuneService, apis_of, guard
from service.transport.gate import Gate, Limits
from service.wiring import Parts, build


def attune(settings: Settings) -> Any:  # noqa: C901  # one method a call
    """Return the service that the settings ask for, a BentoML ``Service``."""
    metrics = Metrics(settings.metrics_folder)

    @bentoml.service(
        name="attune",
        service_class=AttuneService,
        workers=settings.workers,
        threads=settings.threads,  # BentoML's default is one for all requests of a worker
        traffic={"timeout": settings.timeout_s, "max_concurrency": settings.max_concurrency},
        metrics={"enabled": False},  # they count by path, which holds ids
        logging={"access": {"enabled": False}},  # so do its lines; the gate writes its own
    )
    class Attune:
        """Tells what music feels like to one listener; asks what it would learn most from."""

        def __init__(self) -> None:
            self._parts = build(settings)
            self._parts.warm_up()
            self._probe = CapacityLimiter(1)  # of its own: a probe must not wait behind uploads
            resources.state.parts = self._parts
            resources.state.metrics = metrics
            resources.state.limiter = CapacityLimiter(settings.threads)

        @bentoml.api(route="/predict")
        def predict(self, body: PredictIn, /) -> Prediction:
            """Predict what a track feels like: a file, lyrics, both, or a registered track."""
            return Prediction.of(_predict(body, self._parts))

        @bentoml.api(route="/predict_batch")
        def predict_batch(self, body: PredictBatchIn, /) -> Batch:
            """Predict many registered tracks, or lyrics; an item's error stands in its place."""
            return Batch.of(_predict_batch(body, self._parts))

        @bentoml.api(route="/query")
        def query(self, body: QueryIn, /) -> QueryOut:
            """Ask which tracks to put before a user next."""
            return _query(body, self._parts)

        @bentoml.api(route="/rank")
        def rank(self, body: RankIn, /) -> RankOut:
            """Rank the catalogue: what a user would put in a quadrant, or nearest to a point."""
            return _rank(body, self._parts)

        @bentoml.api(route="/update")
        def update(self, body: UpdateIn, /) -> UpdateOut:
            """Record a user's answers, all or none; sending them again changes nothing."""
            reply = _update(body, self._parts)
            metrics.count_labels(reply.accepted)
            return reply

        async def __is_ready__(self) -> bool:
            """Whether the models are loaded and the database answers."""
            return await to_thread.run_sync(_answers, self._parts.catalogue, limiter=self._probe)

        @bentoml.on_shutdown
        def close(self) -> None:
            """Give the database's connections back."""
            self._parts.close()

    limits = Limits(form=settings.max_body_bytes, json=settings.max_json_bytes)
    guard(Attune, resources, partial(Gate, limits=limits, metrics=metrics))
    described = cache(partial(describe, resources, apis_of(Attune)))
    resources.openapi = described  # type: ignore[method-assign]
    return Attune


def _answers(catalogue: Catalogue) -> bool:
    # BentoML leaves a probe that raises without an answer until the timeout.
    try:
        catalogue.page("", 1)
    except StoreUnavailableError:
        return False
    return True


def _predict(body: PredictIn, parts: Parts) -> predict.Prediction:
    if body.track_id is None:
        return predict.predict_upload(
            body.upload, body.asked, extractor=parts.extractor, listeners=parts.listeners
        )
    return predict.predict_track(
        body.track_id, body.asked, catalogue=parts.catalogue, listeners=parts.listeners
    )


def _predict_batch(body: PredictBatchIn, parts: Parts) -> list[predict.Prediction | AttuneError]:
    if body.lyrics is not None:
        return predict.predict_lyrics(
            body.lyrics, body.asked, extractor=parts.extractor, listeners=parts.listeners
        )
    return predict.predict_tracks(
        body.track_ids or [], body.asked, catalogue=parts.catalogue, listeners=parts.listeners
    )


def _query(body: QueryIn, parts: Parts) -> QueryOut:
    questions = query.query(
        body.to_domain(),
        stock=query.Stock(parts.table, parts.sketches, parts.votes),
        log=parts.log,
        listeners=parts.listeners,
        rng=parts.rng(),
    )
    return QueryOut.of(questions.tracks, questions.strategy, parts.snapshot.version)


def _rank(body: RankIn, parts: Parts) -> RankOut:
    ranking = rank.rank(
        body.to_domain(),
        sketches=parts.sketches,
        votes=parts.votes,
        log=parts.log,
        listeners=parts.listeners,
    )
    return RankOut.of(ranking, parts.snapshot.version)


def _update(body: UpdateIn, parts: Parts) -> UpdateOut:
    updated = update.update(
        body.user_id, body.to_domain(), log=parts.log, listeners=parts.listeners
    )
    return UpdateOut.of(updated)


Attune = attune(Settings.from_env(os.environ))

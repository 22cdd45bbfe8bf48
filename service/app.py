"""The service: ``bentoml serve service.app:Attune``.

Endpoints decode, call one use case, and encode.
"""

import os
from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import bentoml
from anyio import CapacityLimiter

from models.errors import AttuneError
from service import predict, query, rank, update
from service.contract import VERSION, describe
from service.health import Check, Health, Pace, Verdict
from service.logs import configure
from service.metrics import Metrics
from service.pools import Stock
from service.resources import resources
from service.schemas.labels import UpdateIn
from service.schemas.prediction import Prediction
from service.schemas.replies import Batch, QueryOut, RankOut, UpdateOut
from service.schemas.requests import PredictBatchIn, PredictIn, QueryIn, RankIn
from service.serving import Serving, serve
from service.settings import Settings
from service.transport.bento import AttuneService, apis_of, guard
from service.transport.door import Door
from service.transport.gate import gated
from service.transport.limits import Limits
from service.wiring import Parts

_ENCODERS_FRESH_S = 10.0


def attune(settings: Settings) -> Any:  # noqa: C901  # one method a call
    """Return the service that the settings ask for, a BentoML ``Service``."""
    metrics = Metrics(settings.metrics_folder, VERSION)
    door = Door(origins=settings.cors_origins, rate=settings.rate)

    @bentoml.service(
        name="attune",
        service_class=AttuneService,
        workers=settings.workers,
        threads=settings.threads,  # BentoML's default is one for all requests of a worker
        traffic={"timeout": settings.timeout_s},  # told to others; the gate keeps to it
        metrics={"enabled": False},  # they count by path, which holds ids
        logging={"access": {"enabled": False}},  # so do its lines; the gate writes its own
    )
    class Attune:
        """Tells what music feels like to one listener; asks what it would learn most from."""

        def __init__(self) -> None:
            self._serving = serve(settings, metrics)
            self._serving.start()
            shared = self._serving.shared
            door.open(shared.keys, settings.metrics_folder, shared.tickets)
            self._health = _health(self._serving, metrics)
            metrics.start()
            resources.state.serving = self._serving
            resources.state.metrics = metrics
            resources.state.limiter = CapacityLimiter(settings.threads)
            resources.state.watching = CapacityLimiter(1)  # not behind what is watched

        @bentoml.api(route="/predict")
        def predict(self, body: PredictIn, /) -> Prediction:
            """Predict what a track feels like: audio, lyrics, embeddings, or a registered one."""
            return Prediction.model_validate(_predict(body, self._serving.parts_for(body.user_id)))

        @bentoml.api(route="/predict_batch")
        def predict_batch(self, body: PredictBatchIn, /) -> Batch:
            """Predict many tracks, sent or registered; an item's error stands in its place."""
            parts = self._serving.parts_for(body.user_id)
            return Batch.model_validate(_predict_batch(body, parts))

        @bentoml.api(route="/query")
        def query(self, body: QueryIn, /) -> QueryOut:
            """Ask which tracks to put before a user next."""
            return _query(body, self._serving.parts_for(body.user_id))

        @bentoml.api(route="/rank")
        def rank(self, body: RankIn, /) -> RankOut:
            """Rank the catalogue: what a user would put in a quadrant, or nearest to a point."""
            return _rank(body, self._serving.parts_for(body.user_id))

        @bentoml.api(route="/update")
        def update(self, body: UpdateIn, /) -> UpdateOut:
            """Record a user's answers, all or none; sending them again changes nothing."""
            updated = _update(body, self._serving.parts_for(body.user_id))
            metrics.count_labels(updated.n_recorded)
            return UpdateOut.model_validate(updated)

        async def look(self) -> Mapping[str, Verdict]:
            """Return what of all that every answer needs is there."""
            return await self._health.look()

        @bentoml.on_shutdown
        def close(self) -> None:
            """Give the database's connections back."""
            self._serving.close()
            door.close()

    gate = partial(gated, door=door, limits=Limits.of(settings), metrics=metrics)
    guard(Attune, resources, gate, metrics)
    described = cache(partial(describe, resources, apis_of(Attune)))
    resources.openapi = described  # type: ignore[method-assign]
    return Attune


def _health(serving: Serving, metrics: Metrics) -> Health:
    """Return the checks of what every answer needs; one for each of `CHECKS`."""

    def database() -> None:
        try:
            serving.parts.log.last_seq("")  # an indexed read that decodes nothing
        except AttuneError:
            metrics.database_failed()
            raise

    def snapshot() -> None:
        for parts in serving.now.parts:
            parts.snapshot.require_features(parts.extractor.digest)

    def encoders() -> None:
        serving.parts.extractor.check()

    return Health(
        Check("database", database),
        Check("snapshot", snapshot),
        Check("encoders", encoders, Pace(fresh_s=_ENCODERS_FRESH_S)),  # it computes
    )


def _predict(body: PredictIn, parts: Parts) -> predict.Prediction:
    if body.track_id is None:
        return predict.predict_upload(
            body.upload, body.asked, extractor=parts.extractor, listeners=parts.listeners
        )
    return predict.predict_track(
        body.track_id, body.asked, catalogue=parts.catalogue, listeners=parts.listeners
    )


def _predict_batch(body: PredictBatchIn, parts: Parts) -> predict.Batch:
    if body.track_ids is None:
        return predict.predict_uploads(
            body.uploads, body.asked, extractor=parts.extractor, listeners=parts.listeners
        )
    return predict.predict_tracks(
        body.track_ids, body.asked, catalogue=parts.catalogue, listeners=parts.listeners
    )


def _query(body: QueryIn, parts: Parts) -> QueryOut:
    questions = query.query(
        body.to_domain(),
        stock=Stock(parts.table, parts.sketches, parts.votes),
        log=parts.log,
        listeners=parts.listeners,
        rng=parts.rng(),
    )
    return QueryOut.model_validate(questions)


def _rank(body: RankIn, parts: Parts) -> RankOut:
    ranking = rank.rank(
        body.to_domain(),
        sketches=parts.sketches,
        votes=parts.votes,
        log=parts.log,
        listeners=parts.listeners,
    )
    return RankOut.model_validate(ranking)


def _update(body: UpdateIn, parts: Parts) -> update.Updated:
    return update.update(
        body.user_id,
        body.to_domain(),
        call=body.call,
        log=parts.log,
        listeners=parts.listeners,
    )


_SETTINGS = Settings.from_env(os.environ)
configure(_SETTINGS.log, _SETTINGS.log_level)
Attune = attune(_SETTINGS)

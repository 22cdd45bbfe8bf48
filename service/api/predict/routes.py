"""``POST /predict`` and ``POST /predict_batch``."""

from fastapi import APIRouter

from service.api.predict.predictions import (
    predict_track,
    predict_tracks,
    predict_upload,
    predict_uploads,
)
from service.api.predict.requests import PredictBatchIn, PredictIn
from service.api.predict.schemas import Batch, Prediction
from service.auth.api_keys import PREDICT
from service.http.concurrency import Cost
from service.http.policy import policy
from service.http.runtime import Runtime

router = APIRouter(tags=["predict"])


@router.post("/predict")
@policy(PREDICT, Cost.AUDIO)
def predict(body: PredictIn, runtime: Runtime) -> Prediction:
    """Predict the emotion of a track: audio, lyrics, embeddings, or a registered track."""
    resources = runtime.resources_for(body.user_id)
    if body.track_id is None:
        prediction = predict_upload(
            body.upload, body.target, extractor=resources.extractor, listeners=resources.listeners
        )
    else:
        prediction = predict_track(
            body.track_id,
            body.target,
            catalogue=resources.catalogue,
            listeners=resources.listeners,
        )
    return Prediction.model_validate(prediction)


@router.post("/predict_batch")
@policy(PREDICT, Cost.BULK)
def predict_batch(body: PredictBatchIn, runtime: Runtime) -> Batch:
    """Predict many tracks, uploaded or registered; a failed item holds its error."""
    resources = runtime.resources_for(body.user_id)
    if body.track_ids is None:
        batch = predict_uploads(
            body.uploads,
            body.target,
            extractor=resources.extractor,
            listeners=resources.listeners,
        )
    else:
        batch = predict_tracks(
            body.track_ids,
            body.target,
            catalogue=resources.catalogue,
            listeners=resources.listeners,
        )
    return Batch.model_validate(batch)

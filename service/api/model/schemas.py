"""``/model`` on the wire."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated

from pydantic import BeforeValidator

from models.emotion import Modality
from service.api.reply import Probability, Reply, at, within


class ModelCandidate(Reply):
    """Shared models that are tried beside the others, and which share of users they answer."""

    snapshot: str
    share: Probability


class ModelCalibration(Reply):
    """What shifts the shared models' zero points to the catalogue, and what it was fitted to."""

    version: str
    created_at: datetime
    n_tracks: int
    n_answers: int


class ModelInfo(Reply):
    """The shared models that answer, and what they can be asked for.

    `embeddings` says how many numbers they read of what a caller's encoder makes of audio and of
    lyrics, and is null for models that read recordings and lyrics themselves. `candidate` is null
    unless others answer a share of users, `calibration` unless one shifts what is told.
    """

    model_config = within("primary", "snapshot")

    snapshot: Annotated[str, at("primary", "snapshot", "version")]
    features: Annotated[str, at("primary", "snapshot", "feature_digest")]
    embeddings: Annotated[dict[Modality, int], BeforeValidator(attrgetter("sizes"))] | None
    modalities: Annotated[
        list[Modality], BeforeValidator(list), at("primary", "snapshot", "committees")
    ]
    fusions: Annotated[list[str], BeforeValidator(sorted)]
    default_fusion: str
    strategies: Annotated[list[str], at("strategies")]
    candidate: Annotated[ModelCandidate | None, at("candidate_info")]
    calibration: Annotated[ModelCalibration | None, at("primary", "calibration")]
    manifest: Mapping[str, object]


class ModelReload(Reply):
    """What the folders of snapshots hold now.

    `previous` is what the worker that was asked has answered with so far; `is_new` says whether
    that or the candidate is to change.
    """

    version: str
    previous: str
    candidate: str | None
    is_new: bool

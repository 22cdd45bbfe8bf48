"""Wire types of ``/model``."""

from collections.abc import Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated

from pydantic import BeforeValidator

from models.emotion import Modality
from service.api.examples import MODEL, Examples
from service.api.reply import Probability, Reply, at, within


class ModelCandidate(Reply):
    """A second snapshot on trial, and the share of users that it answers."""

    snapshot: str
    share: Probability


class ModelCalibration(Reply):
    """The calibration that shifts the shared models' zero points to the catalogue."""

    version: str
    created_at: datetime
    n_tracks: int
    n_answers: int


class ModelInfo(Reply):
    """The shared models that are served, with their fusions and strategies.

    `embeddings` holds the length of the audio and lyrics embeddings that the models read; it is
    null for models that read recordings and lyrics themselves. `candidate` is null unless a second
    snapshot answers a share of users. `calibration` is null unless one is in use.
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
    """The snapshots that the configured folders hold now.

    `previous` is the version that the answering worker has served so far. `is_new` is true if the
    snapshot or the candidate will change.
    """

    version: str
    previous: str
    candidate: str | None
    is_new: bool


EXAMPLES: Examples = {
    "ModelInfo": [
        {
            **MODEL,
            "features": "a6907a7a5f982f278377d9203f8c9f205f0bcd8c3386367be8c6e1c3b402164d",
            "embeddings": None,
            "modalities": ["audio", "lyrics"],
            "fusions": ["audio", "average", "log_opinion", "lyrics"],
            "default_fusion": "log_opinion",
            "strategies": ["mc", "rand", "diverse"],
            "candidate": None,
            "calibration": {
                "version": "0c6f2a51d9e3",
                "created_at": "2026-11-30T09:00:00Z",
                "n_tracks": 412,
                "n_answers": 96,
            },
            "manifest": {"version": "5662bc4947fa", "seed": 0},
        }
    ],
    "ModelReload": [
        {
            "version": "5662bc4947fa",
            "previous": "5662bc4947fa",
            "candidate": None,
            "is_new": False,
        }
    ],
}

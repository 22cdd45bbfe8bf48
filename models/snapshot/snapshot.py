"""The snapshot of the shared models."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from models.arrays import FloatMatrix, Proba
from models.calibration.catalogue import CatalogueCalibration
from models.committee import Committee
from models.emotion import Modality, Readout
from models.errors import IncompatibleSnapshotError
from models.features.embeddings import EmbeddingSpec
from models.fusion import Fusion
from models.personal.logistic import LogisticModel, Prior, recalibrated_features
from models.population import PopulationReference


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The shared models; immutable and identified by their version.

    Attributes:
        version: Digest of the contents.
        feature_digest: Digest of the spec of the features that the models read.
        committees: A committee for each modality.
        fusions: Fusions by name.
        default_fusion: Name of the default fusion.
        readout: From quadrants to valence and arousal.
        listener_model: The personal logistic model; a calibration may replace its prior.
        limits: Largest nonconformity score of quadrants in the population model's prediction sets,
            by the track's modalities; for the default fusion.
        manifest: Origin of the snapshot: data, seeds, versions, figures.
        network: File of the network that appends features, if there is one.
        embeddings: Spec of callers' own embeddings; None if the snapshot reads recordings and
            lyrics.
        population: Statistics of the training tracks for calibration; None in older snapshots.
        calibration: Calibration to the served catalogue; neither stored with the snapshot nor part
            of its version.
    """

    version: str
    feature_digest: str
    committees: Mapping[Modality, Committee]
    fusions: Mapping[str, Fusion]
    default_fusion: str
    readout: Readout
    listener_model: LogisticModel
    limits: Mapping[frozenset[Modality], float]
    manifest: Mapping[str, Any]
    network: Path | None = None
    embeddings: EmbeddingSpec | None = None
    population: PopulationReference | None = None
    calibration: CatalogueCalibration | None = None

    @property
    def serving_version(self) -> str:
        """Version of everything derived from distributions: snapshot and calibration."""
        return serving_version(self.version, self.calibration)

    def under(self, calibration: CatalogueCalibration | None) -> Self:
        """Return the snapshot with another calibration, or without one."""
        learnt = None if calibration is None else calibration.prior
        listener_model = self.listener_model.under(learnt or self.shipped_prior)
        return replace(self, calibration=calibration, listener_model=listener_model)

    @property
    def shipped_prior(self) -> Prior:
        """The prior of the personal model without a calibration."""
        listeners = None if self.calibration is None else self.calibration.listeners
        return self.listener_model.prior if listeners is None else listeners.shipped

    def calibrated(self, proba: Proba) -> Proba:
        """Apply the calibration to distributions ``(..., n_quadrants)``."""
        return proba if self.calibration is None else self.calibration(proba)

    def recalibrated_features(self, track_features: FloatMatrix) -> FloatMatrix:
        """Apply the calibration to stored track features ``(n_tracks, n_columns)``."""
        return (
            track_features
            if self.calibration is None
            else recalibrated_features(track_features, self.calibration)
        )

    def only(self, algorithms: Collection[str]) -> "Snapshot":
        """Return the snapshot with some of its algorithms and a version of its own.

        Committees use the calibration of these algorithms. Fusions, limits and the personal model
        remain those of all members.

        Args:
            algorithms: Such as ``svm``; none for all.

        Raises:
            UnknownMemberError: No committee has an algorithm, or a committee has none of them.
        """
        if not algorithms:
            return self
        known = {name for each in self.committees.values() for name in each.families}
        unknown = set(algorithms) - known
        committees = {
            m: each.only([n for n in algorithms if n in each.families or n in unknown])
            for m, each in self.committees.items()
        }
        return replace(self, version=version_with(self.version, algorithms), committees=committees)

    def require_features(self, digest: str) -> None:
        """Raise `IncompatibleSnapshotError` if the digest of the feature spec differs."""
        if digest == self.feature_digest:
            return
        reason = (
            f"Snapshot {self.version} was trained on features {self.feature_digest[:16]}; "
            f"those here are {digest[:16]}."
        )
        if self.embeddings is not None:
            raise IncompatibleSnapshotError(
                f"{reason} It reads {self.embeddings}: restart the service with it."
            )
        raise IncompatibleSnapshotError(
            f"{reason} If another snapshot is served now, restart the service with this one; "
            "otherwise train it again, or serve it with the code that made it."
        )


def serving_version(version: str, calibration: CatalogueCalibration | None) -> str:
    """Return the version of a snapshot with its calibration."""
    return version if calibration is None else f"{version}+{calibration.version}"


def version_with(version: str, algorithms: Collection[str]) -> str:
    """Return the version of a snapshot with some of its algorithms; none for all."""
    if not algorithms:
        return version
    text = " ".join([version, *sorted(set(algorithms))])
    return hashlib.sha256(text.encode()).hexdigest()[: len(version)]

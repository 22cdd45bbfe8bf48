"""What a snapshot holds."""

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
    """The shared models; immutable, and told apart by their version.

    Attributes:
        version: Derived from the contents: two snapshots with one version are the same.
        feature_digest: Which features the models read.
        committees: A committee for each modality.
        fusions: Every fusion by name.
        default_fusion: The name of the one that is used where none is asked for.
        readout: From quadrants to valence and arousal.
        listener_model: What is expected of a listener; under a calibration that was learnt from
            listeners, with the prior that they taught.
        limits: Up to which strangeness a quadrant is in a prediction set for nobody in particular,
            by the modalities that a track has; for the default fusion.
        manifest: What the snapshot was made from: data, seeds, versions, figures.
        network: The file of the network that makes part of the features, where there is one.
        embeddings: What is read in the place of recordings and words by a snapshot that was fitted
            to callers' own embeddings; None for one that reads recordings and words.
        population: What the training tracks with a recording look like, to calibrate to others;
            None in snapshots of before there was one.
        calibration: What shifts its distributions to the catalogue that is served; never stored
            with the snapshot, and not part of its version.
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
        """What tells apart whatever is derived from distributions: version and calibration."""
        return serving_version(self.version, self.calibration)

    def under(self, calibration: CatalogueCalibration | None) -> Self:
        """Return the same shared models under another calibration, or under none."""
        learnt = None if calibration is None else calibration.prior
        listener_model = self.listener_model.under(learnt or self.shipped_prior)
        return replace(self, calibration=calibration, listener_model=listener_model)

    @property
    def shipped_prior(self) -> Prior:
        """What the snapshot expects of a listener without a calibration."""
        listeners = None if self.calibration is None else self.calibration.listeners
        return self.listener_model.prior if listeners is None else listeners.shipped

    def calibrated(self, proba: Proba) -> Proba:
        """Return the shared models' distributions as they are served ``(..., n_quadrants)``."""
        return proba if self.calibration is None else self.calibration(proba)

    def recalibrated_features(self, track_features: FloatMatrix) -> FloatMatrix:
        """Return stored sketches as they are served ``(n_tracks, n_columns)``."""
        return (
            track_features
            if self.calibration is None
            else recalibrated_features(track_features, self.calibration)
        )

    def only(self, algorithms: Collection[str]) -> "Snapshot":
        """Return the snapshot as it answers with some of its algorithms.

        It has a version of its own. Committees are calibrated for these; fusions, set limits and
        what is expected of a listener stay those of all members.

        Args:
            algorithms: Such as ``svm``; none for all.

        Raises:
            UnknownMemberError: No committee has one of them, or a committee has none of them.
        """
        if not algorithms:
            return self
        known = {name for each in self.committees.values() for name in each.families}
        strangers = set(algorithms) - known
        committees = {
            m: each.only([n for n in algorithms if n in each.families or n in strangers])
            for m, each in self.committees.items()
        }
        return replace(self, version=version_with(self.version, algorithms), committees=committees)

    def require_features(self, digest: str) -> None:
        """Refuse to be served with other features than the models were trained on.

        Raises:
            IncompatibleSnapshotError: The digest of the feature spec is another one.
        """
        if digest == self.feature_digest:
            return
        told = (
            f"Snapshot {self.version} was trained on features {self.feature_digest[:16]}; "
            f"those here are {digest[:16]}."
        )
        if self.embeddings is not None:
            raise IncompatibleSnapshotError(
                f"{told} It reads {self.embeddings}: restart the service with it."
            )
        raise IncompatibleSnapshotError(
            f"{told} If another snapshot is served now, restart the service with this one; else "
            "train anew, or serve it with the code it came from."
        )


def serving_version(version: str, calibration: CatalogueCalibration | None) -> str:
    """Return what a snapshot of this version is told apart by, under a calibration or none."""
    return version if calibration is None else f"{version}+{calibration.version}"


def version_with(version: str, algorithms: Collection[str]) -> str:
    """Return the version of a snapshot that answers with some of its algorithms; none for all."""
    if not algorithms:
        return version
    told = " ".join([version, *sorted(set(algorithms))])
    return hashlib.sha256(told.encode()).hexdigest()[: len(version)]

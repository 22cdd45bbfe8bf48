"""Catalogues to calibrate to: predictions and components of tracks, with their labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.arrays import FloatMatrix, IntVector, Proba
from models.committee import Committee
from models.emotion import N_QUADRANTS, QUADRANTS, Modality
from models.personal.logistic import Components
from models.population import PopulationReference
from training.members.committee import TrainingSet, fit_committee
from training.members.components import fit_components
from training.members.pipeline import RECIPES
from training.members.population_reference import population_reference

Doubles = NDArray[np.float64]
LEAST_OF_GENRE = 15
"""Least tracks of a genre in each half of taffc4q's artists: about 30 in total."""
_SIZES = (25, 80)
_CONCENTRATION = (2.4, 1.4, 2.0, 1.4)
"""Parameters of the Dirichlet distribution of a catalogue's quadrants. Its mean is between the
shares of taffc4q, which are even by design, and those of PMEmo, DEAM and mirex."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Tracks to calibrate to.

    Attributes:
        name: Name in tables.
        proba: Uncalibrated predictions ``(n_tracks, n_quadrants)``.
        phi: Components ``(n_tracks, n_components)``.
        y: Class indices ``(n_tracks,)``.
    """

    name: str
    proba: Proba
    phi: Doubles
    y: IntVector

    def take(self, name: str, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Catalogue":
        """Return some of the tracks as a catalogue."""
        return Catalogue(name, self.proba[places], self.phi[places], self.y[places])

    def quadrants(self) -> Iterator["Catalogue"]:
        """Yield the catalogues of one quadrant each."""
        for quadrant in QUADRANTS:
            yield self.take(str(quadrant), self.y == quadrant.index)

    def genres(self, genres: Sequence[str]) -> Iterator["Catalogue"]:
        """Yield the catalogues of one genre each; small ones are left out.

        Args:
            genres: Genres of each track, separated by semicolons.
        """
        tags = [frozenset(tag.split("; ")) - {""} for tag in genres]
        for name in sorted(frozenset().union(*tags)):
            has = np.array([name in own for own in tags])
            if has.sum() >= LEAST_OF_GENRE:
                yield self.take(name, has)


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Shared models, and the reference statistics of their training tracks."""

    committee: Committee
    components: Components
    reference: PopulationReference

    @classmethod
    def fit(cls, tracks: TrainingSet, seed: int) -> "Population":
        """Fit the shipped recipe and the reference to tracks."""
        fitted = fit_committee(tracks, RECIPES[Modality.AUDIO], seed=seed, title="")
        committee = fitted.committee
        sound = committee.common(tracks.x)
        components = fit_components(sound)
        reference = population_reference(
            fitted.served_out_of_fold, components(sound), tracks.y, tracks.corpus
        )
        return cls(committee, components, reference)

    def predict_catalogue(self, name: str, x: FloatMatrix, y: IntVector) -> Catalogue:
        """Return the catalogue of other tracks with this population's predictions."""
        proba = self.committee.consensus(self.committee.member_logits(x))
        return Catalogue(name, proba, self.components(self.committee.common(x)), y)


def drawn(source: Catalogue, n_mixed: int, rng: np.random.Generator) -> Iterator[Catalogue]:
    """Yield catalogues drawn from one: of one quadrant, two adjacent ones, or a mixture of all.

    Args:
        source: A catalogue with tracks of every quadrant.
        n_mixed: Number of mixtures of all quadrants.
        rng: Draws shares, sizes and tracks.
    """
    one = np.eye(N_QUADRANTS)
    two = (one + np.roll(one, 1, axis=1)) / 2.0
    mixed = rng.dirichlet(_CONCENTRATION, n_mixed)
    counts = np.bincount(source.y, minlength=N_QUADRANTS)
    for shares in np.concatenate([one, two, mixed]):
        weight = (shares / counts)[source.y]
        size = min(int(rng.integers(*_SIZES)), int((weight > 0).sum()))
        places = rng.choice(len(weight), size, replace=False, p=weight / weight.sum())
        yield source.take(source.name, places)

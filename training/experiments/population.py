"""Shared models that are not fitted to the other listeners: the shipped ones, or another dataset.

The features of two datasets differ in level and scale, so each is standardised by itself.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from models.committee import Committee
from models.emotion import Modality
from models.personal.logistic import Components
from models.snapshot import load_snapshot
from training.datasets.listeners import Study
from training.datasets.populations import load_population
from training.datasets.source import Source
from training.experiments.label_checks import warn_of_rare
from training.experiments.protocol import OTHERS, SNAPSHOT, PlanError, Protocol
from training.experiments.source_dataset import Corpus, corpus_of, require_recordings
from training.members.committee import Recipe, TrainingSet, fit_committee


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Shared models.

    Attributes:
        committee: The models; None if they are fitted to the other listeners in each split.
        identity: Version or digest of the models.
        components: Components of the features that taste depends on; None if they are fitted to
            the study.
    """

    committee: Committee | None = None
    identity: str = ""
    components: Components | None = None


def models_of(protocol: Protocol, study: Study, snapshot: Path, source: Source) -> Shared:
    """Return the shared models of a protocol; they must read the study's features.

    Raises:
        PlanError: The models cannot read the study's features, lack an algorithm, or were trained
            on the study's tracks.
        DatasetError: There is no such dataset, or it is missing or malformed.
    """
    if protocol.population == OTHERS:
        return Shared()
    if protocol.population == SNAPSHOT:
        return _shipped(protocol, study, snapshot)
    return _fitted(protocol, study, source)


def _shipped(protocol: Protocol, study: Study, folder: Path) -> Shared:
    """Return the shipped committee with the chosen algorithms."""
    snapshot = load_snapshot(folder)
    if snapshot.manifest["data"].get(study.name, {}).get("audio"):
        raise PlanError(
            f"Snapshot {snapshot.version} was trained on tracks of {study.name}: it cannot be"
            " judged there. --population names another dataset, such as taffc4q."
        )
    committee = snapshot.committees[Modality.AUDIO]
    for name in protocol.algorithms:
        if name not in committee.families:
            known = ", ".join(committee.families)
            raise PlanError(f"The snapshot's committee has no {name!r}; it has {known}.")
    spec = snapshot.manifest["feature_spec"]
    own = spec["network"]["n_features"] if spec.get("network") else 0
    _require_width(study, spec["n_audio_features"] + own, f"snapshot {snapshot.version}")
    cut = replace(
        committee,
        families={name: committee.families[name] for name in protocol.algorithms},
        learners={n: f for n, f in committee.learners.items() if n in protocol.algorithms},
    )
    return Shared(cut, snapshot.version, snapshot.listener_model.components)


def _fitted(protocol: Protocol, study: Study, source: Source) -> Shared:
    """Fit a committee to another dataset."""
    corpus = corpus_of(load_population(protocol.population, source))
    _require_width(study, corpus.x.shape[1], f"what is fitted to {corpus.name}")
    warn_of_rare(corpus.name, corpus.y, corpus.songs)
    data = TrainingSet(corpus.x, corpus.y, corpus.songs)
    recipe = Recipe(algorithms=protocol.algorithms)
    fitted = fit_committee(data, recipe, seed=protocol.seed, title=corpus.name)
    return Shared(fitted.committee, corpus.digest)


def corpus_to_pretrain_on(protocol: Protocol, study: Study, source: Source) -> Corpus:
    """Return the dataset to pretrain the paper's models on.

    Raises:
        PlanError: The models could not read the study's features, or a recording is missing.
        DatasetError: The dataset is missing or malformed.
    """
    needs_recordings = "cnn" in protocol.algorithms
    population = load_population(protocol.population, source)
    corpus = corpus_of(population, needs_recordings=needs_recordings)
    _require_width(study, corpus.x.shape[1], f"what is fitted to {corpus.name}")
    if needs_recordings:
        require_recordings(study.name, study.recordings, study.features.ids)
    return corpus


def is_another_dataset(population: str) -> bool:
    """Return whether a population is the name of a dataset."""
    return population not in {OTHERS, SNAPSHOT}


def _require_width(study: Study, n_read: int, whose: str) -> None:
    n_features = study.features.x.shape[1]
    if n_features != n_read:
        raise PlanError(
            f"{study.name} has {n_features} features a row; {whose} reads {n_read}."
            f" --population {OTHERS} learns from the study's own listeners."
        )

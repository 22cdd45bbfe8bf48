"""Datasets of listeners by name: ``load_study("trompa", Source())``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import DatasetError
from training.datasets import agreement, amg1608, deam, emotify, pmemo, trompa
from training.datasets.features import read_features
from training.datasets.listeners import FeatureTable, ListenerLabels, Study
from training.datasets.moments import ABOUT as ABOUT_ROWS
from training.datasets.populations import POPULATIONS, load_population
from training.datasets.ratings import read_labels
from training.datasets.source import FRAMES, Source, no_frames
from training.datasets.tracks import BORDERS, POSITIVE


def load_study(name: str, source: Source) -> Study:
    """Return a dataset's labels of listeners and features.

    A table of labels or features in the source replaces the dataset's own; a dataset without
    listeners needs a table of labels. Labels of tracks without features are left out.

    Raises:
        DatasetError: The name is unknown, the dataset has no listeners, its tables are missing or
            malformed, or it lacks the frames or points that the source requires.
    """
    if name not in STUDIES:
        raise DatasetError(
            f"There is no dataset {name!r} of listeners; there are {', '.join(sorted(STUDIES))}."
        )
    return STUDIES[name](source)


@dataclass(frozen=True, slots=True)
class _Dataset:
    """Reads a dataset of listeners: called with a source, it returns the study.

    Attributes:
        name: Name of the dataset.
        labels: Reads the dataset's own labels.
        features: Reads the dataset's own features.
        about: Description for reports.
        recordings: Returns the recordings by track.
        has_frames: Whether its own features can be read as frames.
    """

    name: str
    labels: Callable[[Source], ListenerLabels]
    features: Callable[[Source], FeatureTable]
    about: str
    recordings: Callable[[Source], Mapping[str, Path]] = lambda _: {}
    has_frames: bool = False

    def __call__(self, source: Source) -> Study:
        self._require_rows(source)
        labels = self._labels(source)
        features = (
            self.features(source) if source.features is None else read_features(source.features)
        )
        known = set(features.ids)
        if known.isdisjoint(labels.tracks):
            raise DatasetError(
                f"None of the labelled tracks of {self.name}, such as {labels.tracks[0]!r}, is"
                f" among the {len(known)} with features, such as {features.ids[0]!r}."
            )
        recordings = {t: path for t, path in self.recordings(source).items() if t in known}
        return Study(self.name, labels.about(known), features, self._about(source), recordings)

    def _require_rows(self, source: Source) -> None:
        # Checked first: reading or computing features may take minutes.
        if source.rows == FRAMES and source.features is not None:
            raise no_frames(str(source.features))
        if source.rows == FRAMES and not self.has_frames:
            raise no_frames(self.name)

    def _labels(self, source: Source) -> ListenerLabels:
        labels = self.labels(source) if source.labels is None else read_labels(source.labels)
        if source.border == POSITIVE:
            return labels
        if labels.points is None:
            raise DatasetError(
                f"The labels of {source.labels or self.name} are quadrants; --border"
                f" {source.border} needs points."
            )
        return replace(labels, y=BORDERS[source.border](*labels.points.T))

    def _about(self, source: Source) -> str:
        sentences = [self.about]
        if self.has_frames and source.features is None:
            sentences.append(ABOUT_ROWS[source.rows])
        if source.border != POSITIVE:
            sentences.append(f"Points on an axis follow the border {source.border!r}.")
        for part, path in (("labels", source.labels), ("features", source.features)):
            if path is not None:
                sentences.append(f"The {part} are from {path}.")
        return " ".join(sentences)


def _in_folder(
    name: str,
    labels: Callable[[Path], ListenerLabels],
    features: Callable[[Path], FeatureTable],
    about: str,
) -> _Dataset:
    """Return a dataset with one row of features per track, in the folder of its name."""
    return _Dataset(
        name,
        lambda source: labels(source.data / name),
        lambda source: features(source.data / name),
        about,
    )


def _of_moments(
    name: str,
    labels: Callable[[Path], ListenerLabels],
    features: Callable[[Path, str], FeatureTable],
    recordings: Callable[[Path], Mapping[str, Path]],
    about: str,
) -> _Dataset:
    """Return a dataset with features of moments, in the folder of its name."""
    return _Dataset(
        name,
        lambda source: labels(source.data / name),
        lambda source: features(source.data / name, source.rows),
        about,
        lambda source: recordings(source.data / name),
        has_frames=True,
    )


def _consensus(name: str) -> _Dataset:
    """Return a dataset that has only consensus quadrants."""

    def labels(_: Source) -> ListenerLabels:
        raise DatasetError(
            f"{name} holds one consensus quadrant per track and no listeners' labels, so no"
            " listener can be simulated. Add a table of listeners' labels of its tracks."
        )

    return _Dataset(
        name, labels, _of_population(name), "The dataset itself has only a consensus per track."
    )


def _of_population(name: str) -> Callable[[Source], FeatureTable]:
    return lambda source: load_population(name, source).features


def _excerpts(source: Source) -> FeatureTable:
    """Return the features of the excerpts of ``agreement``."""
    clips = agreement.recordings(source.data / "agreement")
    return source.compute_features(
        "agreement", list(clips), [""] * len(clips), list(clips.values())
    )


def _no_labels(_: Source) -> ListenerLabels:
    raise DatasetError("The dataset 'table' needs a table of labels.")


def _no_features(_: Source) -> FeatureTable:
    raise DatasetError("The dataset 'table' needs a table of features.")


_WITH_LISTENERS = (
    _of_moments(
        "amg1608",
        amg1608.load_labels,
        amg1608.load_features,
        amg1608.recordings,
        amg1608.ABOUT,
    ),
    _of_moments("deam", deam.load_labels, deam.load_features, deam.recordings, deam.ABOUT),
    _in_folder("pmemo", pmemo.load_labels, pmemo.load_features, pmemo.ABOUT),
    _in_folder("trompa", trompa.load_labels, trompa.load_features, trompa.ABOUT),
    _Dataset(
        "emotify",
        lambda source: emotify.load_labels(source.data / "emotify"),
        _of_population("emotify"),
        emotify.ABOUT,
    ),
    _Dataset(
        "agreement",
        lambda source: agreement.load_labels(source.data / "agreement"),
        _excerpts,
        agreement.ABOUT,
        lambda source: agreement.recordings(source.data / "agreement"),
    ),
    _Dataset("table", _no_labels, _no_features, "A user's own tables."),
)
STUDIES: Mapping[str, Callable[[Source], Study]] = {
    **{name: _consensus(name) for name in POPULATIONS},
    **{dataset.name: dataset for dataset in _WITH_LISTENERS},
}

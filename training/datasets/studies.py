"""Datasets of listeners by name: ``load_study("trompa", Source())``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from models.errors import DatasetError
from training.datasets import agreement, amg1608, deam, emotify, pmemo, trompa
from training.datasets.features import read_features
from training.datasets.listeners import FeatureTable, ListenerLabels, Study
from training.datasets.moments import ABOUT as ABOUT_ROWS
from training.datasets.populations import load_population
from training.datasets.ratings import read_labels
from training.datasets.source import FRAMES, AudioFeatures, Source, no_frames
from training.datasets.tracks import BORDERS, POSITIVE

__all__ = ["STUDIES", "AudioFeatures", "Source", "load_study"]


def load_study(name: str, source: Source) -> Study:
    """Return a dataset's listeners, labels and features.

    Where the source names a table of labels or of features, that is read instead of the dataset's
    own; a dataset without listeners becomes a study that way. Labels of tracks without features
    are left out.

    Raises:
        DatasetError: There is no dataset of that name, it has no listeners, its tables are
            missing or malformed, frames are asked of one that has none, or another border than
            the usual of one that has no points.
    """
    if name not in STUDIES:
        raise DatasetError(
            f"There is no dataset {name!r} of listeners; there are {', '.join(sorted(STUDIES))}."
        )
    return STUDIES[name](source)


@dataclass(frozen=True, slots=True)
class _Dataset:
    """How a dataset of listeners is read: called with a source, it returns the study.

    Attributes:
        name: Of the dataset.
        labels: Reads its own labels.
        features: Reads its own features.
        about: What a reader must know of the two.
        recordings: Returns those there are, by track.
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
                f" among the {len(known)} that have features, such as {features.ids[0]!r}."
            )
        heard = {t: path for t, path in self.recordings(source).items() if t in known}
        return Study(self.name, labels.about(known), features, self._about(source), heard)

    def _require_rows(self, source: Source) -> None:
        # Before anything is read or heard, which may take minutes.
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
                f"The labels of {source.labels or self.name} are quadrants: where points on an"
                f" axis belong, --border {source.border}, can be said of points only."
            )
        return replace(labels, y=BORDERS[source.border](*labels.points.T))

    def _about(self, source: Source) -> str:
        sentences = [self.about]
        if self.has_frames and source.features is None:
            sentences.append(ABOUT_ROWS[source.rows])
        if source.border != POSITIVE:
            sentences.append(f"Points on an axis belong where the border {source.border!r} says.")
        for part, path in (("labels", source.labels), ("features", source.features)):
            if path is not None:
                sentences.append(f"The {part} are of {path}.")
        return " ".join(sentences)


def _listed(*datasets: _Dataset) -> dict[str, Callable[[Source], Study]]:
    return {dataset.name: dataset for dataset in datasets}


def _in_folder(
    name: str,
    labels: Callable[[Path], ListenerLabels],
    features: Callable[[Path], FeatureTable],
    about: str,
) -> _Dataset:
    """Return a dataset whose labels and features, a row a track, lie in the folder of its name."""
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
    """Return a dataset in the folder of its name that has features of moments."""
    return _Dataset(
        name,
        lambda source: labels(source.data / name),
        lambda source: features(source.data / name, source.rows),
        about,
        lambda source: recordings(source.data / name),
        has_frames=True,
    )


def _consensus(name: str) -> _Dataset:
    """Return a dataset of which only the consensus is known."""

    def labels(_: Source) -> ListenerLabels:
        raise DatasetError(
            f"{name} holds one quadrant a track, on which listeners agreed, and nobody's own"
            " answers: there is nobody to simulate. A table of listeners' labels of its tracks"
            " would do."
        )

    return _Dataset(
        name, labels, _of_population(name), "Of the dataset itself only a consensus is known."
    )


def _of_population(name: str) -> Callable[[Source], FeatureTable]:
    return lambda source: load_population(name, source).features


def _excerpts(source: Source) -> FeatureTable:
    """Return the features of the excerpts that listeners agreed or disagreed on."""
    clips = agreement.recordings(source.data / "agreement")
    return source.listen("agreement", list(clips), [""] * len(clips), list(clips.values()))


def _no_labels(_: Source) -> ListenerLabels:
    raise DatasetError("One's own study needs a table of labels, and none is named.")


def _no_features(_: Source) -> FeatureTable:
    raise DatasetError("One's own study needs a table of features, and none is named.")


STUDIES: Mapping[str, Callable[[Source], Study]] = _listed(
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
    *(_consensus(name) for name in ("4q", "laa", "mirex", "taffc4q")),
    _Dataset("table", _no_labels, _no_features, "One's own tables."),
)

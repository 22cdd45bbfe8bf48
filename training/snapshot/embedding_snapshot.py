"""Writes a snapshot that reads one's own embeddings."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.errors import DatasetError
from models.features.embeddings import EmbeddingSpec
from models.snapshot import Origin, ReadoutParts, Snapshot, save_snapshot
from models.snapshot.files import MANIFEST
from training.arguments import PRETRAINED
from training.datasets.tracks import PairedTable
from training.members.components import fit_components
from training.members.corpus import paired_corpus
from training.members.out_of_fold import predict_unseen
from training.members.pipeline import System
from training.members.readout import fit_limits
from training.reporting.fusion import LIBRARIES
from training.reporting.model_card import write_embedding_card
from training.reporting.render import version_numbers


@dataclass(frozen=True, slots=True, eq=False)
class Export:
    """What becomes a snapshot.

    Attributes:
        system: What was fitted.
        tracks: What it was fitted to.
        encoder: What computed the embeddings, as its owner calls it.
        seed: Of the fit.
        figures: What the evaluation measured, and the command that prints it, for the manifest.
    """

    system: System
    tracks: PairedTable
    encoder: str
    seed: int
    figures: Mapping[str, Any]

    def write(self, folder: Path, shipped: Snapshot) -> str:
        """Write the snapshot and its card, and return its version.

        Nobody's answers come with such a table: what is expected of a listener, and where a
        quadrant lies on the plane, are the shipped snapshot's. The components that a listener's
        taste is over are those of the table's own audio.
        """
        components = fit_components(self.tracks.audio)
        listener_model = replace(shipped.listener_model, components=components)
        corpus = paired_corpus(self.tracks)
        limits = fit_limits(predict_unseen(self.system, corpus))
        hearing = ReadoutParts(shipped.readout, listener_model, limits)
        sizes = (self.tracks.audio.shape[1], self.tracks.lyrics.shape[1])
        origin = Origin(
            spec=EmbeddingSpec(*sizes, self.encoder),
            data=corpus.describe(),
            seed=self.seed,
            versions=version_numbers(*LIBRARIES),
            figures={**self.figures, "listeners": {"taken_from": shipped.version}},
        )
        system = self.system
        made = save_snapshot(folder, system.committees, system.fusions, hearing, origin)
        write_embedding_card(folder)
        return made


def require_snapshot_folder(folder: Path) -> None:
    """Refuse a folder that holds something else than a snapshot, before the long work.

    Raises:
        DatasetError: It does, or it is the snapshot that ships.
    """
    if folder.resolve() == PRETRAINED.resolve():
        raise DatasetError(f"{folder} is the snapshot that ships; export to another folder.")
    is_other = folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file()
    )
    if is_other:
        raise DatasetError(
            f"{folder} holds something else than a snapshot; export to an empty one."
        )

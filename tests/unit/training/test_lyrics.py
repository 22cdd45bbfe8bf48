"""Lyrics to one embedding of what they mean: any length, any language, nothing to read."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import EncoderError
from models.features.encoders import (
    MAX_PASSAGES,
    MINILM_INT8,
    PASSAGE_TOKENS,
    AudioEncoder,
    LyricsEncoder,
    passages,
)

WEIGHTS = Path(__file__).resolve().parents[3] / "models" / "weights"

SENTENCE = "The kettle sings, the window is open, and the whole street smells of rain"
# Quantised products round differently on different processors: two digits are firm.
GOLDEN = [-0.0020, 0.0144, 0.0708, 0.0203, 0.0472]

# Own words, the first two saying about the same.
LANGUAGES = {
    "English": "Tonight the rain falls on my window and I am alone",
    "French": "Ce soir la pluie tombe sur ma fenêtre et je suis seul",
    "Russian": "Сегодня ночью дождь стучит в моё окно, и я один",
    "Arabic": "الليلة يسقط المطر على نافذتي وأنا وحيد",
    "Hindi": "आज रात मेरी खिड़की पर बारिश हो रही है और मैं अकेला हूँ",
    "Japanese": "今夜、雨が窓に降り、私はひとりです",
    "Korean": "오늘 밤 창문에 비가 내리고 나는 혼자다",
    "a number": "1999",
    "half a surrogate pair": "rain \ud83d rain",
    "control characters": "rain\x00\x1b[0m\u202e rain",
    "names of the tokenizer's marks": "[CLS] rain [SEP] [PAD] [MASK]",
    **{f"{n:,} characters": (f"{SENTENCE}. " * (n // 70 + 1))[:n] for n in (1, 600, 20_000)},
}


@pytest.fixture(scope="module", name="read")
def _read():
    return LyricsEncoder(WEIGHTS, threads=1)


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n\t \u00a0\u3000", "♪ ♫ ♪", "-- (?!) --", "🎵🎶", "[]", "\x00", "\ud83d"),
        # Letters that the encoder does not know: all such texts would have the same embedding.
        *("คืนนี้ฝนตกที่หน้าต่าง", "ယနေ့ည မိုးရွာ", "q" * 100_000),
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_where_there_is_nothing_to_read_there_is_no_embedding(read, text):
    assert read(text) is None


@pytest.mark.parametrize("text", LANGUAGES.values(), ids=LANGUAGES)
def test_any_text_has_an_embedding_of_unit_length(read, text):
    embedding = read(text)

    assert embedding.shape == (MINILM_INT8.dimension,)
    assert embedding.dtype == np.float32
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-5)


def test_the_embedding_has_not_drifted(read):
    assert read(SENTENCE)[:5] == pytest.approx(GOLDEN, abs=1e-2)


def test_case_does_not_matter(read):
    assert (read(SENTENCE.upper()) == read(SENTENCE)).all()


def test_every_part_of_a_long_text_counts(read):
    one, other = f"{SENTENCE}. " * 30, "We are dancing in the sun, all of us, forever. " * 30

    both = read(one + other)

    assert min(both @ read(one), both @ read(other)) > 0.6


@given(st.integers(1, 200_000))
def test_passages_are_of_one_length_and_reach_from_the_first_token_to_the_last(n_tokens):
    cut = passages(range(n_tokens))

    lengths = [len(piece) for piece in cut]
    assert max(lengths) - min(lengths) <= 1
    assert max(lengths) <= PASSAGE_TOKENS
    assert len(cut) == min(MAX_PASSAGES, -(-n_tokens // PASSAGE_TOKENS))
    starts = np.array([piece[0] for piece in cut])
    assert (starts[0], cut[-1][-1]) == (0, n_tokens - 1)
    assert (np.diff(starts) <= 2 * max(n_tokens, PASSAGE_TOKENS) / len(cut)).all()


@given(st.integers(1, MAX_PASSAGES * PASSAGE_TOKENS))
def test_passages_hold_every_token_of_a_text_that_is_not_too_long(n_tokens):
    assert np.concatenate(passages(range(n_tokens))).tolist() == list(range(n_tokens))


@pytest.mark.parametrize("file", ["minilm-int8.onnx", "minilm-tokenizer.json", "encoders.json"])
def test_a_missing_file_is_named_with_what_makes_it(file, tmp_path):
    folder = links_to_weights(tmp_path)
    (folder / file).unlink()

    with pytest.raises(EncoderError, match="is missing; `python -m training encoders` makes it"):
        LyricsEncoder(folder, threads=1)


@pytest.mark.parametrize("file", ["musicnn.onnx", "minilm-int8.onnx"])
def test_a_file_that_is_not_the_one_that_was_built_is_refused(file, tmp_path):
    folder = links_to_weights(tmp_path)
    manifest = json.loads((folder / "encoders.json").read_text())
    rows = {row["file"]: row for row in manifest["encoders"].values()}
    rows[file]["sha256"] = "0" * 64
    (folder / "encoders.json").unlink()
    (folder / "encoders.json").write_text(json.dumps(manifest))

    with pytest.raises(EncoderError, match=r"has digest \w{16}, not 0{16} as it was built"):
        [AudioEncoder(folder, threads=1), LyricsEncoder(folder, threads=1)]


def links_to_weights(folder):
    def link(source, target):
        Path(target).symlink_to(source)

    return Path(shutil.copytree(WEIGHTS, folder / "weights", copy_function=link))

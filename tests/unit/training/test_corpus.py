"""Several datasets as one table: who has which modality, and whose artist is whose."""

import numpy as np
import pytest

from models.emotion import Modality
from tests import small_models
from training.datasets.feature_cache import FeatureCache
from training.datasets.tracks import LabelledTracks
from training.members.corpus import LEAST_CHARACTERS, assemble, audio_labels, load_corpus

AUDIO, LYRICS = Modality
EMOTIFY = (
    "track_id,genre,amazement,power,joyful_activation,tension,sadness,calmness,tenderness\n"
    "1,pop,0,0,0,0,0,1,1\n"
)


@pytest.fixture(name="corpus")
def _corpus():
    return assemble(
        {
            "clips": LabelledTracks([*"abc"], np.arange(3), ["Ana Lima", "Bo", ""], [""] * 3),
            "texts": LabelledTracks([*"ab"], np.array([3, 0]), ["Lima, Ana", ""], [""] * 2),
        },
        audio=[np.ones((3, 4), np.float32)],
        lyrics=[np.array([[1, 0], [0, 0], [0, 2]], np.float32), np.ones((2, 2), np.float32)],
    )


def test_datasets_stand_under_one_another(corpus):
    assert len(corpus) == 5
    assert corpus.ids.tolist() == ["a", "b", "c", "a", "b"]
    assert corpus.dataset.tolist() == ["clips"] * 3 + ["texts"] * 2
    assert corpus.y.tolist() == [0, 1, 2, 3, 0]
    assert {modality: x.shape for modality, x in corpus.features.items()} == {
        AUDIO: (5, 4),
        LYRICS: (5, 2),
    }


def test_a_track_has_the_modalities_of_which_there_are_features(corpus):
    assert corpus.has[AUDIO].tolist() == [True, True, True, False, False]
    assert corpus.has[LYRICS].tolist() == [True, False, True, True, True]


def test_an_artist_is_one_in_all_datasets_and_the_unknown_are_many(corpus):
    ana, bo, unknown, ana_again, also_unknown = corpus.groups

    assert ana == ana_again
    assert len({ana, bo, unknown, also_unknown}) == 4


def test_a_part_keeps_what_belongs_together(corpus):
    part = corpus.take(np.array([4, 1]))

    assert part.ids.tolist() == ["b", "b"]
    assert part.dataset.tolist() == ["texts", "clips"]
    assert part.y.tolist() == [0, 1]
    assert part.groups.tolist() == corpus.groups[[4, 1]].tolist()
    for modality in Modality:
        assert (part.features[modality] == corpus.features[modality][[4, 1]]).all()
        assert (part.has[modality] == corpus.has[modality][[4, 1]]).all()


def test_four_datasets_are_read_and_a_recognisers_guesses_left_out(tmp_path):
    short, long = "thanks for watching", "the rain falls on my window " * 3
    write(
        tmp_path,
        {
            "taffc4q/tracks.csv": "track_id,artist,quadrant\nA,Ana,Q1\nB,Bo,Q2\n",
            "taffc4q/asr_lyrics.csv": f"track_id,lyrics\nA,{short}\nB,{long}\n",
            "taffc4q/audio/A.ogg": "audio of A",
            "taffc4q/audio/B.ogg": "audio of B",
            "emotify/annotations.csv": EMOTIFY,
            "emotify/clips/001.ogg": "audio of 1",
            "nju/lyrics.csv": "mood,split,no,lyrics,title,artist,quadrant\n"
            f"Sad,Train,1,{short},T,Ana,Q3\n",
            "pmemo/static_va.csv": "musicId,arousal,valence,title,artist\n7,0.9,0.1,T,Cy\n",
            "pmemo/lyrics.csv": f"musicId,lyrics\n7,{long}\n",
        },
    )

    corpus = load_corpus(
        tmp_path, FeatureCache(tmp_path / "cache", small_models.SpecifiedExtractor())
    )

    assert len(short) < LEAST_CHARACTERS < len(long)
    assert corpus.describe() == {
        "taffc4q": {"tracks": 2, "audio": 2, "lyrics": 1},
        "emotify": {"tracks": 1, "audio": 1, "lyrics": 0},
        "nju": {"tracks": 1, "audio": 0, "lyrics": 1},
        "pmemo": {"tracks": 1, "audio": 0, "lyrics": 1},
    }
    assert corpus.y.tolist() == [0, 1, 3, 2, 1]
    assert corpus.groups[0] == corpus.groups[3]  # Ana, in clips and in texts
    audio = audio_labels(tmp_path)
    assert audio.y.tolist() == [0, 1, 3]
    assert audio.corpus.tolist() == ["taffc4q", "taffc4q", "emotify"]
    assert len(set(audio.groups.tolist())) == 3


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

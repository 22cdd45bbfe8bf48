"""Tables of moments, datasets with a consensus, and the notebook's table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.errors import DatasetError
from training.datasets.features import write_features
from training.datasets.listeners import FeatureTable
from training.datasets.moments import Moments, read_all, read_moments, write_moments
from training.datasets.populations import POPULATIONS, Population, load_population
from training.datasets.source import Source

REAL = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not REAL.is_dir(), reason=f"the real datasets are not in {REAL}")


def _write(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class _Ears:
    def audio(self, name, paths):
        return np.full((len(paths), len(name)), 1, np.float32)


# Moments


def test_moments_come_back_from_their_file(tmp_path):
    x = np.random.default_rng(0).normal(size=(3, 2)).astype(np.float32)

    write_moments(
        Moments(["pcm_fftMag_mfcc_sma[1]_amean", "b"], np.array([0, 0.5, 1]), x),
        tmp_path / "7.csv",
    )
    again = read_moments(tmp_path / "7.csv")

    assert again.names == ["pcm_fftMag_mfcc_sma[1]_amean", "b"]
    assert again.times_s.tolist() == [0, 0.5, 1]
    assert np.array_equal(again.x, x)
    assert [path.name for path in tmp_path.iterdir()] == ["7.csv"]


def test_a_tracks_summary_is_mean_then_deviation():
    moments = Moments(["a", "b"], np.arange(2.0), np.array([[1, 5], [3, 5]], np.float32))

    assert moments.summary.tolist() == [2, 5, 1, 0]


def test_a_summary_of_large_numbers_is_exact():
    x = np.array([[1.6e7 + 2 * (row % 2)] for row in range(1000)], np.float32)

    assert Moments(["a"], np.arange(1000.0), x).summary.tolist() == [16000001, 1]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("time;a", "0;1"), "has no column 'frameTime'"),
        (("frameTime,a", "0,1"), "its cells must be parted by ';'"),
        (("frameTime;a",), "has no row"),
        (("frameTime;a;b", "0;1;1", "1;1;x"), "something in 'b' that is not a number"),
        (("frameTime;a", "0;1", "1;"), "not finite, nan in row 1, column 0"),
        (("",), "no table"),
    ],
)
def test_a_table_of_moments_is_checked(tmp_path, lines, complaint):
    with pytest.raises(DatasetError, match=complaint):
        read_moments(_write(tmp_path / "7.csv", *lines))


def test_a_missing_table_of_moments_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"7\.csv is missing"):
        read_moments(tmp_path / "7.csv")


def test_tracks_with_other_features_are_refused(tmp_path):
    _write(tmp_path / "1.csv", "frameTime;a;b", "0;1;1")
    _write(tmp_path / "2.csv", "frameTime;b;a", "0;1;1")

    with pytest.raises(DatasetError, match=r"2\.csv has 2 features and 1\.csv has 2; .* order"):
        read_all(tmp_path)


def test_tables_of_old_and_new_opensmile_have_the_same_features(tmp_path):
    _write(tmp_path / "1.csv", "frameTime;pcm_fftMag_mfcc_sma_de[14]_amean", "0;1")
    _write(tmp_path / "2.csv", "frameTime;mfcc_sma_de[14]_amean", "0;2")

    tracks = read_all(tmp_path)

    assert tracks["1"].names == tracks["2"].names == ["pcm_fftMag_mfcc_sma_de[14]_amean"]
    assert tracks["2"].x.tolist() == [[2]]


def test_a_folder_without_tables_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"no file there ends in \.csv"):
        read_all(tmp_path / "features")


# DEAM


@pytest.fixture(name="deam_folder")
def _deam_folder(tmp_path):
    samples = ",".join(f"sample_{15000 + 500 * place}ms" for place in range(5))
    _write(
        tmp_path / "deam" / "dynamic_valence.csv",
        f"song_id,{samples}",
        "2,0.5,-0.25,-0.5,-0.5,0.1",
        "10,-0.5,-0.5,0.5,,",
    )
    _write(
        tmp_path / "deam" / "dynamic_arousal.csv",
        f"song_id,{samples},sample_17500ms",
        "2,0.5,0.5,0.5,0.5,,",
        "10,-1,0.8,0.5,0.5,0.5,0.5",
    )
    return tmp_path


def _frames(folder, track, *rows):
    lines = (";".join(map(str, row)) for row in rows)
    _write(folder / "deam" / "features" / f"{track}.csv", "frameTime;a_stddev;a_amean", *lines)


@pytest.fixture(name="heard_folder")
def _heard_folder(deam_folder):
    """Features of the tracks 2 and 10, at some times of which there are answers on both axes."""
    _frames(deam_folder, 2, (14.5, 9, 9), (15.0, 1, 2), (15.5, 3, 2), (16.5, 5, 8), (17.0, 9, 9))
    _frames(deam_folder, 10, (15.0, 4, 0), (15.25, 9, 9), (16.0, 6, 0), (16.5, 9, 9))
    return deam_folder


def test_a_frame_of_deam_has_both_answers_and_features_of_the_same_time(heard_folder):
    population = load_population("deam", Source(heard_folder, rows="frames"))

    assert population.features.ids == ["2@15.0", "2@15.5", "2@16.5", "10@15.0", "10@16.0"]
    assert population.features.x.tolist() == [[1, 2], [3, 2], [5, 8], [4, 0], [6, 0]]
    assert population.y.tolist() == [0, 1, 1, 2, 0]
    assert population.features.bounds is None


def test_all_frames_of_a_track_are_one_group(heard_folder):
    features = load_population("deam", Source(heard_folder, rows="frames")).features

    assert features.artists == ["2", "2", "2", "10", "10"]
    assert features.groups.tolist() == [0, 0, 0, 1, 1]


def test_a_track_of_deam_is_mean_and_deviation_over_its_frames(heard_folder):
    population = load_population("deam", Source(heard_folder))

    assert population.features.ids == ["2", "10"]
    np.testing.assert_allclose(
        population.features.x, [[3, 4, np.sqrt(8 / 3), np.sqrt(8)], [5, 0, 1, 0]], rtol=1e-6
    )
    # Track 2: valence .5, -.25, -.5 and arousal .5; track 10: (-.5, -1) and (.5, .5).
    assert population.y.tolist() == [1, 3]


def test_deams_axes_belong_to_the_positive_side(tmp_path):
    _write(tmp_path / "deam" / "valence.csv", "song_id,sample_0ms,sample_500ms", "1,0,-1")
    _write(tmp_path / "deam" / "arousal.csv", "song_id,sample_0ms,sample_500ms", "1,0,0")
    _frames(tmp_path, 1, (0.0, 1, 1), (0.5, 1, 1))

    population = load_population("deam", Source(tmp_path, rows="frames", border="amg"))

    assert population.y.tolist() == [0, 1]


@pytest.mark.parametrize("folder", ["MEMD_audio", "audio", "DEAM_audio/MEMD_audio"])
@pytest.mark.parametrize("rows", ["tracks", "frames"])
def test_deams_recordings_are_found_by_song(heard_folder, folder, rows):
    mp3 = _write(heard_folder / "deam" / folder / "10.mp3")
    _write(heard_folder / "deam" / folder / "77.mp3")

    population = load_population("deam", Source(heard_folder, rows=rows))

    assert population.recordings == {"10": mp3}


@pytest.mark.parametrize(
    "annotations",
    [
        "",
        "deam_annotations",
        "annotations averaged per song/dynamic (per second annotations)",
        "annotations/annotations averaged per song/dynamic (per second annotations)",
    ],
)
def test_deam_may_lie_in_the_folders_it_is_published_in(heard_folder, annotations):
    folder = heard_folder / "deam"
    (folder / annotations).mkdir(parents=True, exist_ok=True)
    for axis in ("valence", "arousal"):
        (folder / f"dynamic_{axis}.csv").rename(folder / annotations / f"{axis}.csv")
    (folder / "features").rename(folder / "tables")
    (folder / "features").mkdir()
    (folder / "tables").rename(folder / "features" / "features")

    assert load_population("deam", Source(heard_folder)).features.ids == ["2", "10"]


def test_deam_without_features_has_no_population(deam_folder):
    with pytest.raises(DatasetError, match=r"features holds no table of features"):
        load_population("deam", Source(deam_folder))

    _write(deam_folder / "deam" / "features" / "3.csv", "frameTime;a", "15;1")

    with pytest.raises(DatasetError, match="no half second that was annotated has"):
        load_population("deam", Source(deam_folder))


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (("song_id,sample_15000ms", "2,0", "3,1.5"), "row 1 has the sample_15000ms 1.5; it must"),
        (("song_id,sample_15000ms", "2,high"), "row 0 has 'high' in 'sample_15000ms'"),
        (("song_id,sample_15s", "2,0"), "'sample_15s', which is not like sample_500ms"),
        (("song,sample_15000ms", "2,0"), "has no column 'song_id'"),
        (("song_id,sample_15000ms", "2,0", "02,0"), "track '2' occurs 2 times"),
    ],
)
def test_deams_answers_are_checked(heard_folder, lines, complaint):
    _write(heard_folder / "deam" / "dynamic_valence.csv", *lines)

    with pytest.raises(DatasetError, match=complaint):
        load_population("deam", Source(heard_folder))


# The others


def test_a_population_may_have_features_from_elsewhere(tmp_path):
    _write(tmp_path / "deam" / "static_1802.csv", "song_id,arousal01,valence01", "2,0,1", "3,1,1")
    x = np.array([[1], [2], [3]], np.float32)
    write_features(FeatureTable(["9", "3", "2"], ["", "Ana", "Bo"], x), tmp_path / "mine.npz")

    population = load_population("deam", Source(tmp_path, features=tmp_path / "mine.npz"))

    assert population.features.ids == ["3", "2"]
    assert population.features.artists == ["Ana", "Bo"]
    assert population.features.x.tolist() == [[2], [3]]
    assert population.y.tolist() == [0, 3]


def test_features_of_other_tracks_are_no_population(tmp_path):
    _write(tmp_path / "deam" / "static_1802.csv", "song_id,arousal01,valence01", "2,0,1")
    mine = FeatureTable(["9"], [""], np.ones((1, 1), np.float32))
    write_features(mine, tmp_path / "mine.npz")

    with pytest.raises(DatasetError, match=r"deam, such as '2', is among the 1 .* such as '9'"):
        load_population("deam", Source(tmp_path, features=tmp_path / "mine.npz"))


@pytest.mark.parametrize("name", ["4q", "taffc4q"])
def test_the_population_of_4q_is_heard(tmp_path, name):
    folder = tmp_path / "taffc4q"
    _write(folder / "tracks.csv", "track_id,artist,title,quadrant,moods,genres", "MT01,Ana,O,Q3,,")
    _write(folder / "asr_lyrics.csv", "track_id,lyrics")
    _write(folder / "audio" / "MT01.ogg", "")

    population = load_population(name, Source(tmp_path, cache=_Ears))

    assert population.y.tolist() == [2]
    assert population.features.artists == ["Ana"]


def test_a_population_nobody_knows_is_refused_with_those_there_are():
    with pytest.raises(DatasetError, match=r"no dataset 'trompa' with .*; there are 4q, deam,"):
        load_population("trompa", Source())


@pytest.mark.parametrize("name", sorted(set(POPULATIONS) - {"deam"}))
def test_a_population_of_tracks_has_no_frames(name):
    with pytest.raises(DatasetError, match=f"{name} has one row of features a track; --rows tr"):
        load_population(name, Source(Path("nowhere"), rows="frames"))


def test_a_population_has_a_quadrant_a_track():
    features = FeatureTable(["a"], [""], np.ones((1, 1), np.float32))

    with pytest.raises(DatasetError, match="ours: 2 quadrants of 1 tracks"):
        Population("ours", features, np.array([0, 1]))


def test_every_population_the_manual_lists_is_there():
    manual = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")

    for name in POPULATIONS:
        assert f"`{name}`" in manual


# The notebook's LaA


def test_the_notebooks_population_is_its_audio(tmp_path):
    _write(
        tmp_path / "laa" / "laa.csv",
        "artist_name,track_name,lyrics_embedding,audio_embedding,label",
        'Ana,One,[1.5],"[1.0, 2.0]",3',
    )

    assert load_population("laa", Source(tmp_path)).features.x.tolist() == [[1, 2]]


# The real ones


@pytest.mark.data
@needs_data
@pytest.mark.parametrize(
    ("name", "shape", "counts"),
    [("mirex", (420, 256), [134, 108, 127, 51]), ("pmemo", (388, 33), [169, 58, 110, 51])],
)
def test_the_real_populations_hold_what_they_should(name, shape, counts):
    population = load_population(name, Source(REAL))

    assert population.features.x.shape == shape
    assert np.bincount(population.y).tolist() == counts


@pytest.mark.data
@pytest.mark.slow
@needs_data
def test_the_real_half_seconds_of_deam_are_what_they_should_be(tmp_path):
    (tmp_path / "deam" / "features").mkdir(parents=True)
    for axis in ("valence", "arousal"):
        name = f"dynamic_{axis}.csv"
        (tmp_path / "deam" / name).symlink_to(REAL / "deam" / name)
    songs = pd.read_csv(REAL / "deam" / "dynamic_valence.csv")["song_id"]
    rows = [f"{0.5 * place};1" for place in range(2000)]
    for song in songs:
        _write(tmp_path / "deam" / "features" / f"{song}.csv", "frameTime;a", *rows)

    population = load_population("deam", Source(tmp_path, rows="frames"))

    assert len(set(population.features.artists)) == 1802
    assert np.bincount(population.y).tolist() == [64192, 20397, 27600, 17806]
    assert population.features.ids[0] == "2@15.0"

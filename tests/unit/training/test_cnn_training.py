"""Training the CNN: it learns, goes on where it stopped, keeps to its time, and is exported."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.emotion import N_QUADRANTS
from models.errors import DatasetError, EncoderError
from models.features import cnn
from tests.audio_signals import chord, encoded
from training.cnn.data import Clips, crop, split, teacher_target
from training.cnn.export import export, load_exported, mark
from training.cnn.finetune import features, finetune, load_networks, logits
from training.cnn.folded_network import span
from training.cnn.network import build
from training.cnn.predictions import judge
from training.cnn.recipe import Recipe
from training.cnn.run import Settings, digest_of, fit_folds, run
from training.cnn.task import FoldTask, disturb, mixture
from training.cnn.training import read_checkpoint, train

N_TRACKS = 40
WEIGHTS = Path(__file__).parents[3] / "models" / "weights"
RECIPE = Recipe(width=4, epochs=3, crops=1, batch=8, precision="fp32")


class PowerCutError(Exception):
    """Stops a training where it stands."""


def tones(n_tracks=N_TRACKS):
    """Noise in which each quadrant has a louder quarter of the bands; two tracks an artist."""
    rng = np.random.default_rng(0)
    y = np.arange(n_tracks) % N_QUADRANTS
    lengths = rng.integers(100, 500, n_tracks)
    mels = [
        (rng.random((length, 128)) + (np.arange(128) // 32 == quadrant)).astype(np.float16)
        for length, quadrant in zip(lengths, y, strict=True)
    ]
    heard = [
        np.tile(np.eye(N_QUADRANTS, 6, dtype=np.float32)[k], (max(1, n // 187), 1))
        for k, n in zip(y, lengths, strict=True)
    ]
    return Clips([f"t{k}" for k in range(n_tracks)], y, np.arange(n_tracks) // 2, mels, heard)


@pytest.fixture(scope="module", name="clips")
def _clips():
    return tones()


@pytest.fixture(name="task")
def _task(clips):
    return FoldTask(clips, next(split(clips.y, clips.groups, 5, 0)), RECIPE, seed=0)


@pytest.fixture(scope="module", name="trained")
def _trained(clips, tmp_path_factory):
    """All folds, hardly trained, and what was exported of them."""
    folder = tmp_path_factory.mktemp("cnn")
    recipe = replace(RECIPE, epochs=1)
    settings = Settings(folder, folder / "out", folder, recipe, cache=folder / "cache")
    folds = fit_folds(clips, settings)
    return folds, export(folder / "out", clips, folds, {"width": 4})


def weights_of(state):
    return {name: tensor.numpy() for name, tensor in state.best.items()}


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], err_msg=name)


def without_time(state):
    return (state.history, state.epoch, state.phase, state.best_loss)


def test_no_artist_is_in_two_parts_of_a_fold_and_every_track_is_held_out_once(clips):
    for parts in split(clips.y, clips.groups, 5, 0):
        fit, validation, held_out = (
            set(clips.groups[part]) for part in (parts.fit, parts.validation, parts.held_out)
        )

        assert not fit & validation
        assert not (fit | validation) & held_out
        assert len(parts.train) + len(parts.held_out) == N_TRACKS
    held_out = [parts.held_out for parts in split(clips.y, clips.groups, 5, 0)]
    assert np.sort(np.concatenate(held_out)).tolist() == list(range(N_TRACKS))


@pytest.mark.parametrize("n_frames", [40, 231, 600])
def test_a_crop_is_a_stretch_of_the_clip(n_frames):
    mel = np.arange(n_frames * 2, dtype=np.float32).reshape(n_frames, 2)

    chunk, start = crop(mel, np.random.default_rng(1))

    assert chunk.shape == (cnn.CHUNK_FRAMES, 2)
    assert (chunk[0] == mel[start]).all()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (0, (187 * 0 + 44 * 1) / 231),
        (187, (187 * 1 + 44 * 2) / 231),
        (374, 2.0),  # beyond the last patch there is nothing to weigh
        (800, 2.0),
    ],
)
def test_the_teacher_is_asked_about_what_the_chunk_holds(start, expected):
    heard = np.array([[0.0], [1.0], [2.0]], np.float32)

    assert teacher_target(heard, start, n_frames=3 * 187) == pytest.approx(expected)


def test_chunks_are_disturbed_and_left_as_they_were():
    mels = np.random.default_rng(0).random((3, 231, 128)).astype(np.float32)
    before = mels.copy()

    disturbed = disturb(mels, np.random.default_rng(0))

    assert (mels == before).all()
    assert disturbed.shape == mels.shape
    assert np.isfinite(disturbed).all()
    assert (disturbed != mels).mean() > 0.9
    assert disturbed.dtype == np.float32


def test_a_mixture_is_mostly_one_clip():
    others, own = mixture(50, np.random.default_rng(0))

    assert sorted(others) == list(range(50))
    assert (own >= 0.5).all()
    assert (own <= 1).all()


def test_the_rate_rises_then_falls_then_stays():
    recipe = Recipe()
    adam, sgd, *_ = recipe.phases

    rates = [recipe.rate(adam, progress, 20 * progress) for progress in (0.01, 0.1, 0.5, 0.8)]

    assert rates[0] < rates[1] > rates[2] > rates[3] > 0
    assert max(rates) <= recipe.adam_rate
    assert recipe.rate(sgd, 0.9, 18) == recipe.sgd_rates[0]


@pytest.mark.slow
def test_it_learns(task, tmp_path):
    longer = replace(task, recipe=replace(RECIPE, epochs=8, crops=2))

    state = train(longer, tmp_path / "fold.pt", title="tones")

    first, *_, last = state.history
    assert last["loss"] < first["loss"] - 0.2
    assert state.best_loss < np.log(N_QUADRANTS) - 0.1
    network = build(4, 6, 0)
    network.load_state_dict(state.best)
    said, _ = judge(network, [task.clips.mels[k] for k in task.parts.held_out])
    assert (said.argmax(axis=1) == task.clips.y[task.parts.held_out]).mean() > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("stop_after", [1, 2])
def test_an_interrupted_training_ends_as_an_uninterrupted_one(task, tmp_path, stop_after):
    whole = train(task, tmp_path / "whole.pt", title="whole")
    ticks = iter(range(2 * stop_after))

    def until_the_power_fails():
        try:
            return float(next(ticks))
        except StopIteration:
            raise PowerCutError from None

    with pytest.raises(PowerCutError):
        train(task, tmp_path / "parts.pt", title="first part", clock=until_the_power_fails)
    assert read_checkpoint(tmp_path / "parts.pt").epoch == stop_after

    resumed = train(task, tmp_path / "parts.pt", title="second part")

    assert without_time(resumed) == without_time(whole)
    assert_same(weights_of(resumed), weights_of(whole))


def test_a_seed_decides_everything_and_torchs_own_is_left_alone(task, tmp_path):
    short = replace(task, recipe=replace(RECIPE, epochs=1))
    before = torch.random.get_rng_state()

    one, same, other = (
        train(replace(short, seed=seed), tmp_path / f"{name}.pt", title=name)
        for name, seed in (("one", 3), ("same", 3), ("other", 4))
    )

    assert_same(weights_of(one), weights_of(same))
    assert one.history != other.history
    assert (torch.random.get_rng_state() == before).all()


def test_time_is_up_before_the_epochs_are(task, tmp_path):
    clock = iter(float(second) for second in range(0, 10_000, 5))

    state = train(
        replace(task, recipe=replace(RECIPE, epochs=50)),
        tmp_path / "fold.pt",
        title="hurried",
        budget_s=20.0,
        clock=lambda: next(clock),
    )

    # An epoch takes 5 s: four of them, the last of the SGD phases.
    assert state.epoch == 4
    assert state.spent_s == 20.0
    assert state.phase == len(RECIPE.phases)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="There is no accelerator.")
def test_an_accelerator_is_used_and_what_it_learnt_is_read_without_it(task, tmp_path):
    mixed = replace(task, recipe=replace(RECIPE, epochs=2, precision="bf16"), device="cuda")

    state = train(mixed, tmp_path / "fold.pt", title="cuda")

    assert all(tensor.is_cuda for tensor in state.best.values())
    network = build(4, 6, 0)
    network.load_state_dict(read_checkpoint(tmp_path / "fold.pt").best)
    assert np.isfinite(judge(network, task.clips.mels[:2])[0]).all()


@pytest.mark.slow
def test_patience_ends_a_phase(task, tmp_path):
    recipe = replace(RECIPE, epochs=40, patience=1, adam_rate=0.0, sgd_rates=(0.0, 0.0))

    state = train(replace(task, recipe=recipe), tmp_path / "fold.pt", title="idle")

    # Only the normalisations' running means move: nothing gets better for long.
    assert state.epoch < 40
    assert state.phase == 3


def test_folds_share_the_minutes(clips, tmp_path):
    recipe = replace(RECIPE, epochs=50)
    settings = Settings(
        tmp_path, tmp_path, tmp_path, recipe, cache=tmp_path / "cache", minutes=1e-6
    )

    folds = fit_folds(clips, settings)

    assert [fold.state.epoch for fold in folds] == [1] * 5  # over at once, but with weights
    folder = tmp_path / "cache" / digest_of(settings, clips)
    assert sorted(path.name for path in folder.iterdir()) == [f"fold{k}.pt" for k in range(5)]


def test_other_settings_have_other_checkpoints(clips, tmp_path):
    settings = Settings(tmp_path, tmp_path, tmp_path, RECIPE)

    digests = {
        digest_of(message, clips)
        for message in (
            settings,
            replace(settings, seed=1),
            replace(settings, minutes=3.0),
            replace(settings, recipe=replace(RECIPE, width=8)),
        )
    }

    assert len(digests) == 4
    assert digest_of(replace(settings, out=tmp_path / "x"), clips) in digests


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"minutes": 0.0}, r"--minutes is 0; it must be above 0"),
        ({"recipe": replace(RECIPE, width=0)}, r"--width is 0; it must be at least 1"),
        ({"recipe": replace(RECIPE, epochs=-1)}, r"--epochs is -1; it must be at least 1"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path, wrong, message):
    settings = Settings(tmp_path, tmp_path, tmp_path, RECIPE)

    with pytest.raises(DatasetError, match=message):
        run(replace(settings, **wrong))


def test_what_is_kept_is_orthonormal_and_holds_the_last_layer():
    rng = np.random.default_rng(0)
    last, activation = rng.normal(size=(4, 512)), np.abs(rng.normal(size=(90, 512)))

    kept = span(last, activation, 64)

    assert kept.shape == (64, 512)
    assert kept @ kept.T == pytest.approx(np.eye(64), abs=1e-5)
    assert last @ kept.T @ kept == pytest.approx(last, abs=1e-5)


def test_the_exported_networks_say_what_torchs_say(clips, trained):
    folds, exported = trained
    encoder = cnn.CnnEncoder.of(exported.graph.read_bytes(), threads=1)

    x = np.stack([encoder(cnn.chunks(mel.astype(np.float32))).mean(axis=0) for mel in clips.mels])

    said = exported.family.logits(x)
    for index, part in enumerate(folds):
        whole, _ = judge(part.network, clips.mels)
        assert said[index] == pytest.approx(whole, abs=1e-4)


def test_a_track_of_a_fold_is_standardised(clips, trained):
    folds, exported = trained
    encoder = cnn.CnnEncoder.of(exported.graph.read_bytes(), threads=1)
    train_part = folds[2].parts.train

    x = np.stack(
        [encoder(cnn.chunks(clips.mels[k].astype(np.float32))).mean(axis=0) for k in train_part]
    )

    z = exported.family.inputs(x)[2][:, :-1]
    varies = exported.family.scale[2] > 1e-4
    assert varies.sum() >= N_QUADRANTS
    assert z[:, varies].mean(axis=0) == pytest.approx(0, abs=0.05)
    assert z[:, varies].std(axis=0) == pytest.approx(1, abs=0.05)


def test_the_facts_name_the_tracks_each_fold_was_kept_from(clips, trained):
    folds, exported = trained

    for part, ids in zip(folds, exported.held_out, strict=True):
        assert ids == [mark(clips.ids[place]) for place in part.parts.held_out]
    facts = exported.facts
    assert facts["width"] == 4
    assert facts["data"] == {"dataset": "taffc4q", "tracks": N_TRACKS}
    correct = [
        judge(part.network, [clips.mels[k] for k in part.parts.held_out])[0].argmax(axis=1)
        == clips.y[part.parts.held_out]
        for part in folds
    ]
    assert facts["accuracy"]["estimate"] == pytest.approx(np.concatenate(correct).mean(), abs=1e-4)
    assert [row["epochs"] for row in facts["folds"]] == [1] * 5


def test_networks_too_large_to_ship_are_refused(clips, trained, tmp_path):
    folds, _ = trained

    with pytest.raises(EncoderError, match=r"take 0.\d MB together; the limit is 0.1 MB"):
        export(tmp_path, clips, folds, {}, most_bytes=100_000)

    assert not list(tmp_path.iterdir())


def grown(path):
    path.write_bytes(path.read_bytes() + b"\0")


@pytest.mark.parametrize(
    ("name", "change", "complaint"),
    [
        ("cnn.onnx", grown, r"cnn.onnx has the digest \w+, not \w+ as in cnn.json"),
        *(
            (f"cnn.{kind}", Path.unlink, f"cnn.{kind} is missing")
            for kind in ("onnx", "npz", "json")
        ),
    ],
)
def test_files_that_are_not_those_that_were_exported_are_refused(
    trained, tmp_path, name, change, complaint
):
    folder = shutil.copytree(trained[1].graph.parent, tmp_path / "cnn")
    change(folder / name)

    with pytest.raises(EncoderError, match=complaint):
        load_exported(folder)


def write_dataset(folder, n_tracks=48):
    (folder / "audio").mkdir(parents=True)
    rows = [f"t{k},artist {k // 2},Q{k % N_QUADRANTS + 1}" for k in range(n_tracks)]
    (folder / "tracks.csv").write_text("\n".join(["track_id,artist,quadrant", *rows]))
    (folder / "asr_lyrics.csv").write_text("track_id,lyrics\nt0,rain\n")
    for k in range(n_tracks):
        wave = encoded(chord(seconds=1 + k % 3, seed=k), "ogg vorbis")
        (folder / "audio" / f"t{k}.ogg").write_bytes(wave)


def write_others(folder):
    """One clip in Emotify's own format: it takes part in the committee's folds alone."""
    (folder / "clips").mkdir(parents=True)
    emotions = "amazement,power,joyful_activation,tension,sadness,calmness,tenderness"
    (folder / "annotations.csv").write_text(f"track_id,genre,{emotions}\n1,pop,0,0,0,0,0,1,1\n")
    (folder / "clips" / "001.ogg").write_bytes(b"never heard")


@pytest.mark.slow
def test_a_dataset_becomes_networks(tmp_path):
    write_dataset(tmp_path / "data" / "taffc4q")
    write_others(tmp_path / "data" / "emotify")
    settings = Settings(
        data=tmp_path / "data",
        out=tmp_path / "out",
        weights=WEIGHTS,
        recipe=replace(RECIPE, epochs=1),
        cache=tmp_path / "cache",
    )

    exported = run(settings)

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "cnn.json",
        "cnn.npz",
        "cnn.onnx",
    ]
    assert len({one for marks in exported.held_out for one in marks}) == 48
    assert exported.facts["recipe"]["width"] == 4
    assert all(row["minutes"] >= 0 for row in exported.facts["folds"])
    (tmp_path / "data" / "taffc4q" / "audio" / "t0.ogg").write_bytes(b"heard already")
    assert (run(settings).family.weight == exported.family.weight).all()


def test_networks_are_restored_from_what_ships(clips, trained):
    folds, exported = trained

    networks = load_networks(exported.graph.parent)

    said = logits(networks, clips.mels[:4])
    for index, part in enumerate(folds):
        assert said[index] == pytest.approx(judge(part.network, clips.mels[:4])[0], abs=1e-4)
    x = features(networks, clips.mels[:4])
    assert x.shape == (4, 5 * cnn.N_EMBEDDING)
    assert exported.family.logits(x) == pytest.approx(said, abs=1e-4)


@pytest.mark.slow
def test_finetuning_learns_the_answers_and_leaves_the_networks_alone(clips, trained):
    _, exported = trained
    networks = load_networks(exported.graph.parent)[:2]
    mels, y = clips.mels[:6], np.full(6, 2)
    before = logits(networks, mels)

    tuned = finetune(networks, mels, y, np.random.default_rng(0), n_steps=20)

    assert (logits(networks, mels) == before).all()
    after = logits(tuned, mels)
    rise = (after - before)[:, :, 2] - (after - before).mean(axis=2)
    assert (rise > 0).all()

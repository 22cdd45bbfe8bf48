"""Snapshots: written, read back, and refused with a sentence when anything is not as it was."""

import json
import re
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from models.emotion import Modality, Quadrant, Readout
from models.errors import (
    CorruptSnapshotError,
    IncompatibleSnapshotError,
    MissingSnapshotError,
    SnapshotError,
    UnknownMemberError,
)
from models.features.extraction import FeatureSpec
from models.features.snapshot_network import Network
from models.personal import Answer, CommitteePersonaliser
from models.personal.logistic import SHIPPED
from models.population import PopulationReference
from models.snapshot import Origin, ReadoutParts, load_snapshot, save_snapshot, version_in
from models.snapshot.files import digest_of, version_of
from tests import small_models, small_service
from tests.conftest import HOUSE

PRETRAINED = HOUSE / "models" / "pretrained"
AUDIO, LYRICS = Modality
READOUT = Readout(
    np.array([[0.4, 0.3], [-0.4, 0.3], [-0.5, -0.2], [0.4, -0.3]]),
    np.full((4, 2), 0.1),
    np.array([1.4, 0.8]),
)
HEARING = ReadoutParts(
    READOUT, small_service.listener_model(), {frozenset(Modality): 0.5, frozenset({AUDIO}): 0.6}
)
POPULATION = PopulationReference(
    np.arange(6.0).reshape(2, 3), np.eye(3), np.array([0.1, -0.2]), 90
)
ORIGIN = Origin(
    spec=FeatureSpec(),
    data={"ours": {"tracks": 120}},
    seed=0,
    versions={"python": "3"},
    figures={"procedure": "none"},
)


@pytest.fixture(scope="module", name="folder")
def _folder(fitted, tmp_path_factory):
    """A small snapshot; tests that change it change a copy."""
    folder = tmp_path_factory.mktemp("snapshot")
    save_snapshot(folder, fitted.committees, fitted.fusions, HEARING, ORIGIN)
    return folder


@pytest.fixture(scope="module", name="network")
def _network(tmp_path_factory):
    """A network as training leaves it: the graph, and what is known of it beside."""
    made = tmp_path_factory.mktemp("network")
    (made / "cnn.json").write_text('{"device": "none"}')
    return [small_models.network(made / "cnn.onnx"), made / "cnn.json"]


@pytest.fixture(scope="module", name="with_network")
def _with_network(networked, network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("networked")
    save_snapshot(folder, networked.committees, networked.fusions, HEARING, origin_of(network))
    return folder


def hearing_of(snapshot):
    return ReadoutParts(snapshot.readout, snapshot.listener_model, snapshot.limits)


def origin_of(network):
    spec = FeatureSpec(network=Network.open(network[0]).spec)
    return replace(ORIGIN, spec=spec, network=network)


@pytest.fixture(name="copy")
def _copy(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def rewritten(folder, change, *, sealed=False):
    """Change the manifest, and where it is sealed also the version that its contents imply."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    manifest |= {"version": version_of(manifest)} if sealed else {}
    path.write_text(json.dumps(manifest))


def test_what_was_saved_says_the_same_when_it_is_read(networked, with_network):
    fresh, _ = small_models.networked(small_models.corpus(seed=7))

    loaded = load_snapshot(with_network)

    for modality, committee in networked.committees.items():
        x, again = fresh.features[modality][fresh.has[modality]], loaded.committees[modality]
        before, after = committee.member_logits(x), again.member_logits(x)
        assert list(again.families) == list(committee.families)
        assert list(again.learners) == list(committee.learners)
        for name in committee.learners:
            assert (after[committee.rows(name)] == before[committee.rows(name)]).all()
        # Support vectors are kept in half precision: to three digits.
        assert after == pytest.approx(before, abs=1e-2)
        assert again.consensus(after) == pytest.approx(committee.consensus(before), abs=1e-3)


def test_what_a_listener_teaches_is_the_same_when_it_is_read(networked, with_network):
    loaded = load_snapshot(with_network)
    answers = [Answer(track, Quadrant.Q2) for track in small_models.drawn_tracks(loaded, 8)]

    before, after = (
        CommitteePersonaliser(committees).fit(answers)
        for committees in (networked.committees, loaded.committees)
    )

    assert after.to_bytes() == before.to_bytes()
    assert "cnn" in after.deltas[AUDIO]


def test_a_snapshot_of_before_the_logistic_model_is_served_with_its_own_components(copy):
    own, limits = HEARING.listener_model.components, HEARING.listener_model.limits
    numbers = ("prior.unit", "prior.shared", "temperature")  # mean nothing to this model
    kept = {"components.centre": own.centre, "components.matrix": own.matrix, "limits": limits}
    np.savez(copy / "gaussian.npz", **dict.fromkeys(numbers, np.ones(2)), **kept)
    (copy / "listeners.npz").unlink()

    def renamed(manifest):
        del manifest["files"]["listeners.npz"]
        manifest["files"]["gaussian.npz"] = digest_of((copy / "gaussian.npz").read_bytes())

    rewritten(copy, renamed, sealed=True)

    loaded = load_snapshot(copy).listener_model

    assert loaded.prior == SHIPPED
    assert (loaded.components.matrix == own.matrix).all()
    assert (loaded.limits == limits).all()


def test_the_read_out_and_the_origin_are_the_same_when_they_are_read(folder):
    loaded = load_snapshot(folder)

    assert (loaded.readout.mean == READOUT.mean).all()
    assert (loaded.readout.variance == READOUT.variance).all()
    assert (loaded.readout.gain == READOUT.gain).all()
    assert loaded.limits == HEARING.limits
    for name, array in HEARING.listener_model.to_arrays().items():
        assert (loaded.listener_model.to_arrays()[name] == array).all()
    assert loaded.feature_digest == ORIGIN.spec.digest
    message = {name: loaded.manifest[name] for name in ("data", "seed", "versions", "figures")}
    assert message == {name: getattr(ORIGIN, name) for name in message}


def test_what_is_read_and_saved_again_where_it_lies_has_one_version(with_network, tmp_path):
    folder = shutil.copytree(with_network, tmp_path / "again")
    loaded = load_snapshot(folder)
    origin = origin_of([folder / name for name in ("cnn.onnx", "cnn.json")])
    parts = loaded.committees, loaded.fusions, hearing_of(loaded)

    again = save_snapshot(folder, *parts, origin)

    assert again == loaded.version == version_in(with_network)
    for path in with_network.iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    assert save_snapshot(folder, *parts, replace(origin, seed=1)) != again


def test_a_network_is_read_from_the_snapshots_folder_and_told_by_its_features(
    folder, with_network, network
):
    loaded = load_snapshot(with_network)

    found = Network.open(loaded.network)
    assert loaded.network.parent == with_network
    assert loaded.network.read_bytes() == network[0].read_bytes()
    loaded.require_features(FeatureSpec(network=found.spec).digest)
    with pytest.raises(IncompatibleSnapshotError):
        loaded.require_features(FeatureSpec().digest)
    assert load_snapshot(folder).network is None


def test_other_features_are_refused_with_both_digests(shipped):
    digest = FeatureSpec(revision=999).digest

    with pytest.raises(IncompatibleSnapshotError) as refusal:
        shipped.require_features(digest)

    assert shipped.version in str(refusal.value)
    assert shipped.feature_digest[:16] in str(refusal.value)
    assert digest[:16] in str(refusal.value)


def test_a_folder_without_a_snapshot_is_refused_by_name(tmp_path):
    with pytest.raises(MissingSnapshotError, match=re.escape(str(tmp_path / "nowhere"))):
        load_snapshot(tmp_path / "nowhere")


FILES = (
    "audio.npz",
    "lyrics.npz",
    "fusion.npz",
    "listeners.npz",
    "readout.npz",
    "audio-xgb-0.ubj",
    "cnn.onnx",
    "cnn.json",
)


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


DAMAGES = {
    "empty": lambda content: content[:0],
    "cut short": lambda content: content[:-1],
    "first byte": lambda content: flipped(content, 0),
    "middle byte": lambda content: flipped(content, len(content) // 2),
    "last byte": lambda content: flipped(content, len(content) - 1),
}


def test_a_folder_that_is_written_while_it_is_read_gives_one_snapshot_or_the_other_or_none(
    fitted, folder, tmp_path
):
    changed = replace(HEARING, readout=Readout(READOUT.mean / 2, READOUT.variance))
    save_snapshot(tmp_path / "b", fitted.committees, fitted.fusions, changed, ORIGIN)
    sources = {load_snapshot(each).version: each for each in (folder, tmp_path / "b")}
    expected = {version: load_snapshot(each).readout.mean for version, each in sources.items()}
    target = Path(shutil.copytree(folder, tmp_path / "target"))
    is_over = Event()

    def write():
        while not is_over.is_set():
            for source in sources.values():
                shutil.copytree(source, target, dirs_exist_ok=True)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        outcomes = [_outcome(target) for _ in range(20)]
        is_over.set()
        writing.result()

    assert None in outcomes
    for loaded in filter(None, outcomes):
        assert (loaded.readout.mean == expected[loaded.version]).all()


def _outcome(folder):
    with suppress(SnapshotError):
        return load_snapshot(folder)
    return None


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_by_name(with_network, tmp_path, name, damage):
    copy = shutil.copytree(with_network, tmp_path / "copy")
    (copy / name).write_bytes(damage((copy / name).read_bytes()))

    with pytest.raises(CorruptSnapshotError, match=rf"{re.escape(name)} has digest .*cut short"):
        load_snapshot(copy)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(with_network, tmp_path, name):
    copy = shutil.copytree(with_network, tmp_path / "copy")
    (copy / name).unlink()

    with pytest.raises(MissingSnapshotError, match=re.escape(f"{name} is missing")):
        load_snapshot(copy)
    (copy / name).mkdir()
    with pytest.raises(CorruptSnapshotError, match="cannot be read: Is a directory"):
        load_snapshot(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["committees"]["audio"].update(sharpness=3.0),
        lambda m: m["committees"]["lyrics"]["temperatures"].update(gnb=1.0),
        lambda m: m["files"].update({"audio.npz": "0" * 64}),
        lambda m: m["files"].pop("audio.npz"),
        lambda m: m["figures"].update(procedure="better"),
        lambda m: m.update(feature_digest="0" * 64),
        lambda m: m.update(version="000000000000"),
        lambda m: m.pop("version"),
    ],
)
def test_a_manifest_that_was_edited_is_refused(copy, change):
    rewritten(copy, change)

    with pytest.raises(CorruptSnapshotError, match="its contents are version"):
        load_snapshot(copy)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe\x00", b"nonsense", b'{"format": 1, "ver']
)
def test_a_manifest_that_is_not_json_is_refused(copy, content):
    (copy / "manifest.json").write_bytes(content)

    for read in (load_snapshot, version_in):
        with pytest.raises(CorruptSnapshotError, match=r"manifest\.json is not JSON"):
            read(copy)


@pytest.mark.parametrize("content", ["null", "[]", "7", "{}", '{"format": 0}', '{"format": "1"}'])
def test_another_format_is_refused_with_the_one_that_is_read(copy, content):
    (copy / "manifest.json").write_text(content)

    with pytest.raises(IncompatibleSnapshotError, match="this code reads format 1"):
        load_snapshot(copy)


def test_a_fusion_this_code_does_not_know_is_refused_by_name(copy):
    rewritten(copy, lambda m: m["fusion"]["rules"].append("majority"), sealed=True)

    with pytest.raises(IncompatibleSnapshotError, match="a fusion 'majority'"):
        load_snapshot(copy)


def test_some_of_the_algorithms_answer_as_they_do_in_the_whole(folder):
    whole = load_snapshot(folder).committees[AUDIO]

    part = load_snapshot(folder, ("svm", "gnb")).committees[AUDIO]

    x = small_models.corpus(seed=7).features[AUDIO][:20]
    assert list(part.families) == ["gnb", "svm"]
    assert list(part.learners) == ["gnb"]
    expected = whole.member_logits(x)[np.r_[whole.rows("gnb"), whole.rows("svm")]]
    assert part.member_logits(x) == pytest.approx(expected)
    assert part.sharpness == whole.sharpness_of[frozenset({"svm", "gnb"})] != whole.sharpness


def test_each_choice_has_a_version_of_its_own_that_the_folder_tells_too(folder):
    choices = [(), ("svm",), ("svm", "gnb")]

    versions = [load_snapshot(folder, chosen).version for chosen in choices]

    assert len(set(versions)) == 3
    assert versions == [version_in(folder, chosen) for chosen in choices]
    assert version_in(folder, ("gnb", "svm")) == versions[2]


def test_a_network_that_hears_may_stay_alone_with_a_lyrics_member():
    snapshot = small_models.with_cnn(small_service.snapshot())
    lyrics = next(iter(snapshot.committees[LYRICS].families))

    part = snapshot.only(("cnn", lyrics))

    assert set(part.committees[AUDIO].families) == {"cnn", lyrics}
    assert set(part.committees[LYRICS].families) == {lyrics}


@pytest.mark.parametrize(
    ("chosen", "message"),
    [(("cnn",), "needs at least one of its members"), (("rnn",), "no member 'rnn'; it has ")],
)
def test_members_that_leave_a_committee_empty_or_are_not_there_are_refused(chosen, message):
    with pytest.raises(UnknownMemberError, match=message):
        small_models.with_cnn(small_service.snapshot()).only(chosen)


def test_what_training_tracks_look_like_is_kept(fitted, folder, tmp_path):
    save_snapshot(
        tmp_path,
        fitted.committees,
        fitted.fusions,
        replace(HEARING, population=POPULATION),
        ORIGIN,
    )

    kept = load_snapshot(tmp_path).population

    for name, value in POPULATION.to_arrays().items():
        assert kept.to_arrays()[name] == pytest.approx(value)
    assert load_snapshot(folder).population is None
    assert version_in(tmp_path) != version_in(folder)


def test_the_sharpness_of_the_parts_is_optional(fitted, tmp_path):
    older = {m: replace(each, sharpness_of={}) for m, each in fitted.committees.items()}
    save_snapshot(tmp_path, older, fitted.fusions, HEARING, ORIGIN)

    part = load_snapshot(tmp_path, ("svm",)).committees[AUDIO]

    assert part.sharpness == older[AUDIO].sharpness


def test_what_ships_holds_numbers_and_names_and_nothing_that_runs():
    for path in PRETRAINED.glob("*.npz"):
        assert zipfile.is_zipfile(path)
        with np.load(path, allow_pickle=False) as file:
            assert {array.dtype.kind for array in file.values()} <= set("fiu")
    suffixes = {path.suffix for path in PRETRAINED.iterdir()}
    files = {path.name for path in PRETRAINED.iterdir()} - {"MODEL_CARD.md", "manifest.json"}
    assert files == load_snapshot(PRETRAINED).manifest["files"].keys()
    assert suffixes - {".onnx"} == {".npz", ".ubj", ".json", ".md"}


def test_nothing_in_the_house_can_load_a_pickle():
    loads_code = re.compile(
        r"allow_pickle\s*=\s*True|\b(?:c?[pP]ickle|joblib|dill|cloudpickle|shelve|marshal)\b"
        r"|torch\.load(?!\(.*weights_only=True)|weights_only\s*=\s*False"
    )
    modules = [
        path for part in ("models", "service", "training") for path in (HOUSE / part).rglob("*.py")
    ]

    found = [
        f"{path.relative_to(HOUSE)}:{number}: {line.strip()}"
        for path in modules
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if loads_code.search(line.partition("#")[0]) and "no pickle" not in line.casefold()
    ]

    assert len(modules) > 100
    assert found == []

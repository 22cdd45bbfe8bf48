"""What the project promises about itself: its locks and its files agree."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from models.features.extraction import FeatureSpec
from models.features.snapshot_network import Network
from training.reporting.model_card import card

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _locked(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, flags=re.MULTILINE))


def _names(requirements):
    return {re.match(r"[A-Za-z0-9._-]+", line).group().lower() for line in requirements}


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process has all tests")
def test_processes_share_the_tests_file_by_file(request):
    assert request.node.nodeid.endswith("@tests/contract/test_project.py")


def _tracked():
    listed = subprocess.run(  # our own command
        ["git", "ls-files"],  # noqa: S607  # whichever git made the checkout
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_what_is_served_is_locked_with_hashes():
    text = (ROOT / "requirements/serve.txt").read_text(encoding="utf-8")

    assert _names(PROJECT["dependencies"]) <= _locked("serve")
    assert text.count("--hash=sha256:") >= len(_locked("serve"))


def test_serving_installs_nothing_of_training():
    heavy = {"torch", "pandas", "matplotlib", "musicnn", "tensorflow", "sentence-transformers"}
    heavy |= {"scikit-learn", "xgboost-cpu", "librosa", "soundfile"}

    assert _locked("serve") & heavy == set()
    assert _locked("setup") & heavy == set()


def test_torch_is_pinned_in_one_place_only():
    pinned = [
        file.name
        for file in (ROOT / "requirements").glob("*.txt")
        if re.search(r"^torch\b", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    ]

    assert pinned == ["torch.txt"]


def test_no_file_names_a_registry():
    hosts = [".".join(("pypi", "org")), ".".join(("files", "pythonhosted", "org"))]

    naming = [
        str(path.relative_to(ROOT))
        for path in _tracked()
        if any(host.encode() in path.read_bytes() for host in hosts)
    ]

    assert naming == []


def test_no_file_holds_a_pickle():
    suffixes = {".pkl", ".pickle", ".joblib", ".pt", ".pth"}

    assert [path for path in _tracked() if path.suffix in suffixes] == []


def test_the_model_card_is_the_one_that_the_manifest_implies():
    folder = ROOT / "models/pretrained"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    assert (folder / "MODEL_CARD.md").read_text(encoding="utf-8") == card(manifest)


def test_the_shipped_snapshot_was_made_from_the_features_of_this_code():
    folder = ROOT / "models/pretrained"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    has_network = "cnn.onnx" in manifest["files"]
    network = Network.open(folder / "cnn.onnx").spec if has_network else None

    assert manifest["feature_digest"] == FeatureSpec(network=network).digest


def test_the_shipped_snapshot_is_small():
    sizes = {path: path.stat().st_size for path in (ROOT / "models/pretrained").iterdir()}

    assert sum(sizes.values()) < 20e6


def test_the_shipped_snapshot_has_no_network_but_a_population():
    files = json.loads((ROOT / "models/pretrained/manifest.json").read_text("utf-8"))["files"]

    assert "population.npz" in files
    assert not [name for name in files if name.startswith("cnn")]


def test_pip_refuses_the_root_in_a_sentence():
    options = ["--dry-run", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]

    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "pip", "install", *options, str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "Attune is not installed with pip: run `make serve`" in done.stderr

"""What travels in a Bento, and what does not."""

import re

import pytest

from tests.deployment_files import DEPLOY, rendered
from tests.journey.servers import ROOT

pytestmark = [pytest.mark.journey, pytest.mark.slow]

LARGEST_BYTES = 60_000_000  # 20 of the snapshot at most, 37 of the encoders, and the code
ENCODERS = {
    "encoders.json",
    "musicnn.onnx",
    "minilm-int8.onnx",
    "minilm-tokenizer.json",
    "nade.npz",
}
NOT_SERVED = {
    "torch",
    "pandas",
    "matplotlib",
    "onnx",
    "pytest",
    "hypothesis",
    "tensorflow",
    "musicnn",
    "sentence-transformers",
}


@pytest.fixture(scope="module", name="source")
def _source(bento):
    return bento.folder / "src"


@pytest.fixture(scope="module", name="files")
def _files(source):
    return {path.relative_to(source) for path in source.rglob("*") if path.is_file()}


def test_service_models_and_the_licences_travel_and_nothing_else(files):
    licences = {"LICENSE", "NOTICE"}

    assert {path.parts[0] for path in files} == {"service", "models", "bentofile.yaml"} | licences


def test_caches_and_hidden_files_stay(files):
    names = {part for path in files for part in path.parts}

    assert not {name for name in names if name.startswith(".") or name == "__pycache__"}


def test_all_code_of_service_and_models_travels(files):
    folders = (ROOT / "service", ROOT / "models")
    code = {path.relative_to(ROOT) for folder in folders for path in folder.rglob("*.py")}

    assert code == {path for path in files if path.suffix == ".py"}


def test_all_pages_travel(files):
    pages = ROOT / "service" / "pages"
    ours = {path.relative_to(ROOT) for path in pages.rglob("*") if path.is_file()}

    assert ours <= files
    assert {path.suffix for path in ours} == {".html", ".css", ".js", ".svg", ".opus"}


def test_the_snapshot_travels_as_it_is(source):
    shipped = {path.name: path.read_bytes() for path in (source / "models/pretrained").iterdir()}
    ours = {path.name: path.read_bytes() for path in (ROOT / "models/pretrained").iterdir()}

    assert "manifest.json" in shipped
    assert shipped.keys() == ours.keys()
    assert shipped == ours


def test_the_encoders_travel_with_the_small_text_encoder_alone(source):
    assert {path.name for path in (source / "models/weights").iterdir()} == ENCODERS


def test_the_compiled_loops_travel(source):
    shipped = {path.name for path in (source / "models/loops").rglob("*.nb[ci]")}

    assert shipped
    assert shipped <= {path.name for path in (ROOT / "models/loops").rglob("*.nb[ci]")}


def test_the_bento_is_small(bento):
    size = sum(path.stat().st_size for path in bento.folder.rglob("*") if path.is_file())

    assert size <= LARGEST_BYTES


def test_its_requirements_are_those_of_serving(bento):
    required = pinned((bento.folder / "env/python/requirements.txt").read_text())

    assert required == pinned((ROOT / "requirements/serve.txt").read_text())
    assert not required.keys() & NOT_SERVED


def test_its_container_is_the_one_that_deploy_describes(bento, tmp_path):
    dockerfile = (bento.folder / "env/docker/Dockerfile").read_text()

    assert dockerfile == rendered(tmp_path)
    assert (bento.folder / "env/docker/Dockerfile.template").read_bytes() == (
        DEPLOY / "Dockerfile.template"
    ).read_bytes()  # of which `bentoml containerize` makes it once more


def test_building_it_asks_the_network_for_nothing(bento):
    heard = (bento.home.parent / "heard").read_text().splitlines()

    assert heard
    assert [line for line in heard if not line.endswith("listening")] == []


def pinned(requirements):
    """Return the versions that requirements name."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", requirements, re.MULTILINE))

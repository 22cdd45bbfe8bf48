"""What all tests share: the encoders and the snapshot that ship, loaded once."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from models.emotion import Modality
from models.features.extraction import FeatureExtractor
from models.snapshot import Snapshot, load_snapshot
from tests import small_models
from tests.postgres import Postgres, new_cluster
from training.members.pipeline import System, fit_system

HOUSE = Path(__file__).resolve().parents[1]
DATA = HOUSE.parent / "shared" / "data"
PAGES = HOUSE / "tests" / "expected"

# The first example of a property imports, compiles and loads: its time says nothing.
settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, max_examples=300)
settings.load_profile("dev")


TOGETHER = ("journey", "browser", "http")
"""Folders whose tests share a server; the longest first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what rewrites the stored pages of reports."""
    parser.addoption(
        "--update-pages", action="store_true", help="store the pages of reports in tests/expected"
    )


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Group the tests by file, so that a fixture of a module is made in one process only.

    Several processes begin with the groups that take long, so that all of them end together.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    if hasattr(config, "workerinput"):
        slow = {_group(item) for item in items if item.get_closest_marker("slow")}
        order = {group: place for place, group in enumerate([*TOGETHER, *sorted(slow)])}
        items.sort(key=lambda item: order.get(_group(item), len(order)))


def _group(item: pytest.Item) -> str:
    folder = item.path.parent.name
    return folder if folder in TOGETHER else str(item.path.relative_to(HOUSE))


@pytest.fixture(scope="session", name="shipped")
def _shipped() -> Snapshot:
    """The snapshot in the repository; trained anew now and then, so no test pins what it says."""
    return load_snapshot(HOUSE / "models" / "pretrained")


@pytest.fixture(scope="session", name="with_cnn")
def _with_cnn(shipped: Snapshot) -> Snapshot:
    """The same with a cnn that was never trained: what it says means nothing."""
    return small_models.with_cnn(shipped)


@pytest.fixture(scope="session", name="extractor")
def _extractor(shipped: Snapshot) -> FeatureExtractor:
    """What the features of the snapshot in the repository are made with."""
    return FeatureExtractor.open(HOUSE / "models" / "weights", shipped.network)


@pytest.fixture(scope="session", name="fitted")
def _fitted() -> System:
    """All that training fits, on a small corpus; the same seed each time."""
    return fit_system(small_models.corpus(), seed=0, recipes=small_models.RECIPES)


@pytest.fixture(scope="session", name="networked")
def _networked() -> System:
    """The same where a network joined the audio committee."""
    corpus, ready = small_models.networked(small_models.corpus())
    return fit_system(corpus, seed=0, recipes=small_models.RECIPES, ready={Modality.AUDIO: ready})


@pytest.fixture(scope="session", name="postgres")
def _postgres() -> Iterator[Postgres]:
    """A real PostgreSQL, one a process of tests; started when a test first asks for it."""
    with new_cluster(is_durable=False) as server:
        yield server


@pytest.fixture(name="expect_page")
def _expect_page(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a page with the one of that name in ``tests/expected``.

    After an intended change run the same tests once with ``--update-pages``, which stores what
    the pages are now, and read the difference before it is committed. The digest of a protocol is
    left out, as it changes with every field of a plan.
    """

    def expect(name: str, text: str) -> None:
        text = re.sub(r"protocol [0-9a-f]{12}", "protocol 0123456789ab", text)
        if request.config.getoption("--update-pages"):
            PAGES.mkdir(exist_ok=True)
            (PAGES / name).write_text(text, encoding="utf-8")
        assert text == (PAGES / name).read_text(encoding="utf-8")

    return expect


@pytest.fixture(scope="session", name="data")
def _data() -> Path:
    if not DATA.is_dir():
        pytest.skip(f"There is no real data in {DATA}: nothing was tested on it.")
    return DATA

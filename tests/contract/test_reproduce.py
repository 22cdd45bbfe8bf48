"""The figures of docs/reproduce.md are those of the reports that it names."""

import re

from tests.manual import ROOT

MADE_UP, MIREX = "reports/fusion/made-up/LaA_train/index.md", "reports/fusion/mirex/index.md"
FUSION = r"^\| [^|]+ \| `(\w+)` \| \S* ?\| (\S+), (\S+), (\S+) \| (\S+), (\S+) \|$"


def table_of(report, head):
    """Return the accuracies of each fusion in one of a report's tables, without intervals."""
    page = (ROOT / report).read_text(encoding="utf-8")
    table = re.search(
        rf"\| fusion \| as the notebook \| {head}[^\n]*\n\|[-|]+\n((?:\|.*\n)+)", page
    )
    rows = [row.strip("| ").split(" | ") for row in table[1].splitlines()]
    return {name.strip("`"): [cell.split()[0] for cell in cells] for name, *cells in rows}


def test_the_manual_says_what_the_reports_say():
    made_up, mirex = table_of(MADE_UP, "leak closed "), table_of(MIREX, "leak closed ")
    without_shared = table_of(MADE_UP, "leak closed too")
    page = (ROOT / "docs/reproduce.md").read_text(encoding="utf-8")

    told = {name: tuple(figures) for name, *figures in re.findall(FUSION, page, re.M)}

    assert len(told) == 11
    assert told == {
        name: (
            made_up[name][0],
            without_shared.get(name, ["n/a"])[0],
            made_up[name][-1],
            mirex[name][0],
            mirex[name][-1],
        )
        for name in made_up
    }

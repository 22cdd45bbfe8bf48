"""The page of the stress tests."""

from tests.stress.report import Result, Row, page

HELD = Row("kills", "sqlite", "workers that died", "0", "0")
FIGURE = Row("kills", "sqlite", "acknowledged events", "63,901")
BROKEN = Row("overhead", "sqlite", "costs more", "58 %", "≤ 25 %", is_held=False)


def result(*rows):
    return Result(rows[0].part, rows[0].database, "abc1234", "2026-11-30 21:32", 62.4, rows)


def section(text, heading):
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def test_a_page_shows_what_is_not_held_before_all_rows():
    text = page([result(HELD, FIGURE), result(BROKEN)])
    assert "1 of 2 bounds are held." in text
    assert "| kills | sqlite | 1 | 0 | 62 | abc1234 | 2026-11-30 21:32 |" in text
    assert "| overhead | sqlite | 0 | **1** | 62 |" in text
    assert "58 %" in section(text, "Not held")
    assert HELD.what not in section(text, "Not held")
    assert all(row.what in section(text, "All rows") for row in (HELD, FIGURE, BROKEN))


def test_a_page_names_the_parts_that_were_not_run():
    assert "**Not run: soak on postgresql.**" in page([result(HELD)], ["soak on postgresql"])
    assert "Not run" not in page([result(HELD)])


def test_a_page_without_failures_says_so():
    assert section(page([result(HELD)]), "Not held").strip() == "Every bound is held."

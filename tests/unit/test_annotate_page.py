"""The labelling page names all its modules at once, so that no browser finds them one by one."""

import re
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "service" / "pages"
IMPORTED = re.compile(r'(?:import|export)\b[^;"]*?from "(\./[^"]+)"')
NAMED = re.compile(r'(?:modulepreload" href|<script type="module" src)="/pages/([^"]+)"')


def imported_from(module, known=frozenset()):
    """Return the modules that a module needs, itself among them."""
    if module in known:
        return known
    known = known | {module}
    for path in IMPORTED.findall(module.read_text()):
        known = imported_from((module.parent / path).resolve(), known)
    return known


def test_the_labelling_page_names_every_module_that_it_needs_and_no_other():
    named = {PAGES / path for path in NAMED.findall((PAGES / "annotate.html").read_text())}

    assert named == imported_from(PAGES / "js" / "annotate.js")


def test_no_script_of_a_page_is_too_long_to_be_read():
    lengths = {path: len(path.read_text().splitlines()) for path in PAGES.rglob("*.js")}

    assert {path.name: n for path, n in lengths.items() if n >= 300} == {}

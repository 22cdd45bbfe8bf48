"""The TypeScript client that the service serves to its own pages, in a browser."""

import re

import pytest

from tests.browser.conftest import WIDE
from tests.browser.tone_files import recording
from tests.documentation import blocks

pytestmark = [pytest.mark.people, pytest.mark.slow]

INPUT = """() => {
    const input = document.createElement("input");
    input.type = "file";
    document.body.append(input);
}"""


def _example():
    """Return the README's example for a page as a function that Chromium can call."""
    (module,) = blocks("clients/typescript/README.md", "js browser")
    static, dynamic = r"^import (.+) from (.+);$", r"const \1 = await import(\2);"
    body, n_imports = re.subn(static, dynamic, module.text, flags=re.MULTILINE)
    assert n_imports == 1
    return f"async () => {{ {body} }}"


def test_the_readmes_example_for_a_page_predicts_a_chosen_file(page_for):
    page = page_for(*WIDE)
    page.goto("/")
    page.evaluate(INPUT)
    song = {"name": "song.wav", "mimeType": "audio/wav", "buffer": recording(3)}
    page.set_input_files("input[type=file]", song)

    page.evaluate(_example())

    assert re.fullmatch("Q[1-4]", page.title())

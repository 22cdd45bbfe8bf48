"""The TypeScript client, as the service hands it to its own pages, in a browser."""

import re

import pytest

from tests.browser.conftest import WIDE
from tests.browser.tones import recording
from tests.journey.serving import ROOT

pytestmark = [pytest.mark.people, pytest.mark.slow]

README = ROOT / "clients/typescript/README.md"
INPUT = """() => {
    const input = document.createElement("input");
    input.type = "file";
    document.body.append(input);
}"""


def _example():
    """Return the README's example for a page as a function that can be called in one."""
    text = README.read_text(encoding="utf-8")
    (module,) = re.findall(r"```js browser\n(.*?)```", text, re.DOTALL)
    static, dynamic = r"^import (.+) from (.+);$", r"const \1 = await import(\2);"
    body, n_imports = re.subn(static, dynamic, module, flags=re.MULTILINE)
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

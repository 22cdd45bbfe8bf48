"""What is written twice, because clients know only HTTP, is the same."""

from attune_client.cli.importing import metadata, table_check

from models.ids import MAX_ID, TRACK_ID
from models.library import MAX_TEXT
from models.lyrics.encodings import MAX_BYTES
from service.api import fields
from tests.documentation import ROOT

PAGES = ROOT / "service/pages"


def test_every_id_has_the_same_characters():
    pattern = fields._ID

    assert TRACK_ID.pattern == f"{pattern[1:-2]}{{0,{MAX_ID - 1}}}"
    assert table_check._ID.pattern == TRACK_ID.pattern
    page = (PAGES / "js/session.js").read_text(encoding="utf-8")
    assert f"const MAX_ID = {MAX_ID};\nconst ID = /{pattern}/;" in page


def test_a_title_has_one_bound():
    assert metadata.MAX_NAME == fields.MAX_TEXT == MAX_TEXT


def test_lyrics_have_one_bound():
    assert metadata.MAX_LYRICS_BYTES - 1 == MAX_BYTES == fields.MAX_SENT_LYRICS
    assert f'maxlength="{MAX_BYTES}"' in (PAGES / "try.html").read_text(encoding="utf-8")

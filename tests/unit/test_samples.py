"""The sample tracks of the page /try: short, small, offered, and named in NOTICE."""

import re
from pathlib import Path

import pytest
import soundfile

from models.tags import DEMUXERS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "service" / "pages"
SAMPLES = sorted((PAGES / "samples").iterdir())


def test_the_page_offers_every_sample_and_no_other():
    offered = re.findall(r'data-sample="([^"]+)"', (PAGES / "try.html").read_text())

    assert sorted(offered) == [path.stem for path in SAMPLES]
    assert 4 <= len(offered) <= 6


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_is_a_few_seconds_in_one_channel_and_few_bytes(path):
    message = soundfile.info(path)

    assert (message.format, message.subtype, message.channels) == ("OGG", "OPUS", 1)
    assert 10 <= message.duration <= 12
    assert path.stat().st_size <= 40_000


def test_the_page_takes_every_recording_that_is_read():
    (taken,) = re.findall(r'accept="audio/\*,([^"]+)"', (PAGES / "try.html").read_text())

    assert set(taken.split(",")) == set(DEMUXERS)


@pytest.mark.parametrize("file", ["NOTICE", "service/pages/try.html"])
def test_the_source_and_the_licence_of_the_samples_are_named(file):
    message = (ROOT / file).read_text()

    assert "immich-memories-music 0.1.0" in message
    assert "MIT licence" in message

"""What a test of pages needs on the stage: a service with music, and a Chromium."""

import shutil
import sys
from pathlib import Path

from attune_client import AttuneClient

from tests.browser.tones import recording
from tests.journey.listeners import PATIENT
from tests.journey.serving import ROOT, Served, run, served_from

N_TRACKS = 24
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
"""Of Chromium: it needs neither a sandbox of its own nor a graphics card nor the network."""


def chromium_path() -> str | None:
    """Return where Chromium is installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def serving_pages(folder: Path, **settings: str) -> Served:
    """Return a service that keeps audio and wants little heard; it is not started."""
    ours = {
        "ATTUNE_AUDIO": str(folder / "audio"),
        "ATTUNE_LISTEN_S": "0.2",
        "ATTUNE_REPEAT_SHARE": "0",
    }
    return served_from(folder, **ours | settings)


def make_key(served: Served, name: str, *options: str) -> str:
    """Make a key with the operator's command, and return it."""
    command = [sys.executable, "-m", "service", "keys", "make", name, *options]
    return run(command, ROOT, served.environ).strip()


def register(url: str, n_tracks: int = N_TRACKS) -> None:
    """Register short recordings, with titles."""
    with AttuneClient(url, retry=PATIENT) as client:
        for number in range(n_tracks):
            client.put_track(
                f"tone-{number:02}",
                audio=recording(number),
                title=f"Study in tones {number}",
                artist="Nobody",
            )

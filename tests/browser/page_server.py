"""What a test of pages needs on the stage: a service with music, and a Chromium."""

import shutil
import sys
from http import HTTPStatus
from pathlib import Path

import httpx
from attune_client import AttuneClient

from tests.browser.tone_files import recording
from tests.journey.opposite_listeners import PATIENT
from tests.journey.servers import ROOT, Served, run, served_from, wait_for

N_TRACKS = 24
NEEDS_KEY = HTTPStatus.UNAUTHORIZED
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
    """Make a key with the operator's command, and return it once the service knows it."""
    command = [sys.executable, "-m", "service", "keys", "make", name, *options]
    key = run(command, ROOT, served.environ).strip()
    shown = {"Authorization": f"Bearer {key}"}
    with httpx.Client(headers=shown, trust_env=False) as http:
        wait_for(lambda: http.get(f"{served.url}/model").status_code != NEEDS_KEY, served.log)
    return key


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

"""The command `attune`, as people type it, against a service as an operator starts it."""

import importlib.metadata
import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import attune_client
import httpx
import numpy as np
import pytest
import soundfile
from attune_client import AttuneClient, Label
from packaging.requirements import Requirement

from tests.audio_signals import chord, encoded
from tests.journey.opposite_listeners import PATIENT
from tests.journey.servers import ROOT, environment, run, running, served_from, wait_for
from tests.retagging import RETAGGED

pytestmark = [pytest.mark.people, pytest.mark.journey, pytest.mark.slow]

RATE_HZ = 16_000
N_MANY = 60
PUTS = re.compile(r'^attune_requests_total\{method="PUT".*status="(\d+)".*\} (\S+)$', re.MULTILINE)


def tone(path, hz, seconds=3.0, **tags):
    """Write a chord that is struck twice a second, with tags."""
    path.parent.mkdir(parents=True, exist_ok=True)
    at_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * hz * step * at_s) for step in (1, 1.25, 1.5))
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "VORBIS", format="OGG") as file:
        for name, text in tags.items():
            setattr(file, name, text)
        file.write(0.2 * wave * np.exp(-4.0 * (at_s % 0.5)))
    return path


@pytest.fixture(scope="module", name="served")
def _served(tmp_path_factory):
    """A service of two workers that keeps what it hears."""
    folder = tmp_path_factory.mktemp("service")
    served = served_from(folder, ATTUNE_AUDIO=str(folder / "audio"), ATTUNE_WORKERS="2")
    with running(served):
        yield served


@pytest.fixture(scope="module", name="client")
def _client(served):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        with AttuneClient(served.url, retry=PATIENT) as client:
            yield client


@pytest.fixture(name="desk")
def _desk(tmp_path, served):
    return Desk(tmp_path, served)


class Desk:
    """Somebody's folder, and the command with it."""

    def __init__(self, folder, served):
        self.folder = folder
        self._environ = environment(folder) | {
            "PYTHONPATH": str(ROOT / "clients" / "python"),
            "ATTUNE_URL": served.url,
            "NO_PROXY": "127.0.0.1",
            "COLUMNS": "70",
            "PYTHONIOENCODING": "utf-8",
        }

    def start(self, *words):
        return subprocess.Popen(  # noqa: S603  # our own command
            self._command(words),
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *words, keyboard=""):
        return subprocess.run(  # noqa: S603  # our own command
            self._command(words),
            cwd=self.folder,
            env=self._environ,
            input=keyboard,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    def n_finished(self):
        """Return how many recordings the journal says are done."""
        journals = (self.folder / ".local/state/attune/imports").glob("*.ndjson")
        return sum(path.read_text().count('"done"') for path in journals)

    def _command(self, words):
        return [sys.executable, "-m", "attune_client", *map(str, words)]


@pytest.fixture(name="music")
def _music(desk):
    """A folder as people have them."""
    folder = desk.folder / "music"
    tone(folder / "Élan" / "01 Blue.ogg", 220, title="Blue in Green", artist="Élan")
    tone(folder / "plain.ogg", 330)
    (folder / "plain.lrc").write_text("[ar:Nobody]\n[00:01.00]The rain came down\n")
    tone(folder / "sad.ogg", 110)
    (folder / "sad.txt").write_text("Nobody was around\n")
    (folder / "broken.mp3").write_bytes(b"no music at all" * 50)
    return folder


def required(name, extras=()):
    """Yield a distribution and all that it needs here."""
    found = importlib.metadata.distribution(name)
    yield found
    for line in found.requires or ():
        needed = Requirement(line)
        if any(
            needed.marker is None or needed.marker.evaluate({"extra": e}) for e in ("", *extras)
        ):
            yield from required(needed.name, needed.extras)


def lay_out(distributions, place):
    """Copy what belongs to distributions into another environment's packages."""
    for distribution in distributions:
        for file in distribution.files:
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (place / file.parent).mkdir(parents=True, exist_ok=True)
                shutil.copy(distribution.locate_file(file), place / file)


def copied(folder):
    """Copy the client's folder, as a checkout has it, and return the copy."""
    left = shutil.ignore_patterns("__pycache__", ".*")
    return shutil.copytree(ROOT / "clients" / "python", folder / "source", ignore=left)


def test_pip_installs_the_client_and_leaves_nothing_in_its_folder(tmp_path):
    source, place = copied(tmp_path), tmp_path / "packages"
    before = sorted(source.rglob("*"))
    pip = ["-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation"]

    run(
        [sys.executable, *pip, "--target", str(place), str(source)],
        tmp_path,
        environment(tmp_path / "home"),
    )

    assert sorted(source.rglob("*")) == before
    (installed,) = importlib.metadata.distributions(name="attune-client", path=[str(place)])
    assert installed.version == attune_client.__version__


@pytest.mark.thorough
def test_the_wheel_brings_a_command_that_needs_what_it_says_and_no_more(tmp_path):
    source, venv, environ = copied(tmp_path), tmp_path / "venv", environment(tmp_path / "home")
    build = ["-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    run([sys.executable, *build, str(source)], tmp_path, environ)
    (wheel,) = tmp_path.glob("*.whl")
    run([sys.executable, "-m", "venv", "--without-pip", str(venv)], tmp_path, environ)
    pip = ["-m", "pip", "--python", str(venv / "bin" / "python"), "install"]
    run([sys.executable, *pip, "--no-deps", "--no-index", str(wheel)], tmp_path, environ)
    (place,) = venv.glob("lib/python*/site-packages")
    (message,) = importlib.metadata.distributions(name="attune-client", path=[str(place)])
    needs = [Requirement(line) for line in message.requires]
    plain = [need for need in needs if need.marker is None]
    extra = [need for need in needs if need.marker and need.marker.evaluate({"extra": "cli"})]
    command = [str(venv / "bin" / "attune"), "--help"]

    lay_out((each for need in plain for each in required(need.name)), place)
    without = subprocess.run(  # noqa: S603  # our own command
        command, cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    lay_out((each for need in extra for each in required(need.name)), place)
    shown = run(command, tmp_path, environ)

    assert without.returncode == 1
    assert without.stderr.endswith("which is not installed: pip install 'attune-client[cli]'\n")
    assert {need.name for need in extra} == {"click", "rich", "tinytag"}
    assert "import" in shown
    assert (place / "attune_client" / "py.typed").exists()


def puts(served):
    """Return how many tracks were put, by the status of the reply."""
    shown = httpx.get(f"{served.url}/metrics", trust_env=False).text
    counts = {}
    for status, number in PUTS.findall(shown):
        counts[status] = counts.get(status, 0) + float(number)
    return counts


def more_puts(served, before, n, statuses=("201",)):
    """Return the new puts by status, `n` of them among these; one is counted after its reply."""

    def total(counts):
        return sum(counts.get(status, 0) for status in statuses)

    wait_for(lambda: total(puts(served)) >= total(before) + n)
    after = puts(served)
    return {s: after[s] - before.get(s, 0) for s in after if after[s] > before.get(s, 0)}


def test_a_folder_is_imported_with_what_its_tags_and_its_texts_say(desk, music, client, served):
    before = puts(served)

    message = desk.type("import", "music", "--failures", "failures.csv")
    again = desk.type("import", "music")

    assert (message.returncode, again.returncode) == (1, 1)
    assert "3 recordings of 4 sent" in message.stdout
    assert "broken.mp3: The bytes are not audio" in message.stderr
    assert (desk.folder / "failures.csv").read_text().splitlines()[1].startswith("broken,")
    assert "3 already imported" in again.stdout
    assert more_puts(served, before, 3)["201"] == 3
    tagged, sung = client.get_track("Elan:01-Blue"), client.get_track("plain")
    assert (tagged.title, tagged.artist, tagged.has_lyrics) == ("Blue in Green", "Élan", False)
    assert (sung.has_audio, sung.has_lyrics) == (True, True)
    assert music.is_dir()


def test_a_folder_that_was_tagged_again_is_imported_with_its_titles_though_it_is_labelled(
    desk, client
):
    folder = desk.folder / "tagged"
    folder.mkdir()
    recordings = {e: (encoded(chord(), kind), retag) for e, (kind, retag) in RETAGGED.items()}
    for ending, (recording, _) in recordings.items():
        (folder / f"tagged-{ending}.{ending}").write_bytes(recording)
    first = desk.type("import", "tagged")
    client.update("tim", [Label.quadrant(f"tagged-{ending}", "Q1") for ending in RETAGGED])

    for ending, (recording, retag) in recordings.items():
        (folder / f"tagged-{ending}.{ending}").write_bytes(retag(recording))
    again = desk.type("import", "tagged")

    assert (first.returncode, again.returncode) == (0, 0), again.stderr
    titles = {ending: client.get_track(f"tagged-{ending}").title for ending in RETAGGED}
    assert titles == dict.fromkeys(RETAGGED, "Other")


def test_files_of_one_name_are_tracks_of_their_own_and_keep_their_ids(desk, client):
    folder = desk.folder / "library"
    tone(folder / "caf\u00e9.ogg", 200)
    tone(folder / "cafe\u0301.ogg", 210)
    tone(folder / "tune.ogg", 220, title="Before")
    first = desk.type("import", "library")
    client.update("ben", [Label.quadrant("tune", "Q1")])

    tone(folder / "tune.opus", 230)
    (folder / "cover.jpg").touch()
    second = desk.type("import", "library")
    before = {track.track_id: track.created_at for track in client.tracks()}
    (folder / "tune.opus").unlink()
    third = desk.type("import", "library")
    after = {track.track_id: track.created_at for track in client.tracks()}

    assert [each.returncode for each in (first, second, third)] == [0, 0, 0]
    assert second.stderr == "Left out: 1 .jpg.\n"
    assert len({each for each in before if each.startswith("cafe-")}) == 2
    assert len({each for each in before if each.startswith("tune")}) == 2
    assert "1 recording of 4 sent" in second.stdout
    assert before == after
    assert client.get_track("tune").title == "Before"


def test_recordings_that_are_too_large_or_too_slow_end_no_import(desk, tmp_path):
    folder = desk.folder / "odd"
    tone(folder / "a.ogg", 200)
    (folder / "b-large.wav").write_bytes(bytes(1 << 25))
    long = np.tile(np.sin(np.arange(RATE_HZ) / 9), 3500)
    soundfile.write(folder / "c-long.flac", 0.2 * long, RATE_HZ // 2, "PCM_16")
    tone(folder / "d.ogg", 300)
    served = served_from(
        tmp_path / "strict",
        ATTUNE_TIMEOUT_S="2",
        ATTUNE_QUICK_TIMEOUT_S="2",
        ATTUNE_MAX_AUDIO_S="9000",
        ATTUNE_MAX_BODY_BYTES=str(1 << 25),
    )

    with running(served):
        message = desk.type("--url", served.url, "import", "odd", "--jobs", "1")

    assert message.returncode == 1
    assert "2 recordings of 4 sent" in message.stdout
    assert f"{Path('odd', 'b-large.wav')}: The body" in message.stderr
    assert f"{Path('odd', 'c-long.flac')}: The request timed out" in message.stderr


def test_an_import_that_is_killed_loses_nothing_and_puts_nothing_twice(desk, client, served):
    for number in range(N_MANY):
        tone(desk.folder / "many" / f"many-{number}.ogg", 100 + 7 * number)
    before = puts(served)

    first = desk.start("import", "many")
    wait_for(lambda: desk.n_finished() >= 8)
    first.kill()
    first.wait()
    n_finished = desk.n_finished()
    second = desk.type("import", "many")

    assert 8 <= n_finished < N_MANY
    assert second.returncode == 0, second.stderr
    # Those on their way end with their client: 499, and 200 if one was registered before.
    answered = more_puts(served, before, N_MANY, ("200", "201"))
    assert answered["201"] + answered.get("200", 0) == N_MANY
    assert answered.get("200", 0) <= answered.get("499", 0)
    assert answered.keys() <= {"200", "201", "499"}
    registered = {track.track_id for track in client.tracks()}
    assert {f"many-{number}" for number in range(N_MANY)} <= registered
    assert desk.n_finished() == N_MANY


def test_ctrl_c_lets_what_is_on_its_way_arrive(desk, served):
    for number in range(N_MANY):
        tone(desk.folder / "some" / f"some-{number}.ogg", 101 + 7 * number)
    before = puts(served)

    first = desk.start("import", "some")
    wait_for(lambda: desk.n_finished() >= 4)
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=60)
    n_finished = desk.n_finished()
    second = desk.type("import", "some")

    assert first.returncode == 130
    assert f"{n_finished} recordings of {N_MANY} sent" in out
    assert "run the command again to resume" in err
    assert f"{n_finished} already imported" in second.stdout
    assert more_puts(served, before, N_MANY) == {"201": N_MANY}


@pytest.mark.usefixtures("music")
def test_questions_are_answered_ranked_exported_and_forgotten(desk, client):
    desk.type("import", "music")

    talk = desk.type("label", "--user", "ana", "--n", 3, keyboard="calm l4\n?\n0.5 0.5\n")
    ranked = desk.type("rank", "--user", "ana", "--quadrant", "calm", "--limit", 2)
    exported = desk.type("export", "--user", "ana", "-o", "ana.ndjson")
    log = list(client.user_labels("ana"))
    lines = list(client.export_labels("ana"))
    forgotten = desk.type("forget", "--user", "ana", "--yes")
    gone = desk.type("export", "--user", "ana")

    assert talk.returncode == 0, talk.stderr
    assert talk.stdout.count("The prediction was") == 3
    assert [(event.quadrant, event.cant_tell) for event in log] == [
        ("Q4", False),
        (None, True),
        ("Q1", False),
    ]
    assert log[0].liking == 4
    assert {event.strategy.partition("-")[0] for event in log} == {"eps"}
    assert len(ranked.stdout.splitlines()) == 3
    assert exported.returncode == 0
    assert (desk.folder / "ana.ndjson").read_text() == "".join(f"{line}\n" for line in lines)
    assert [json.loads(line)["event_id"] for line in lines] == [event.event_id for event in log]
    assert forgotten.returncode == 0
    assert (gone.returncode, gone.stderr.count("\n")) == (1, 1)

"""The image that `make image` built, in use by an operator and an app: `make test-image`."""

import signal
import time
from pathlib import Path

import pytest

from tests.audio_signals import chord, encoded
from tests.image.containers import UID, Container, engine, tag, why_not
from tests.servers import wait_for

pytestmark = [
    pytest.mark.image,
    pytest.mark.skipif(why_not() is not None, reason=f"NO IMAGE WAS TRIED: {why_not()}"),
]

LARGEST_BYTES = 760_000_000
STOP_S = 5.0
N_TRACKS = 5
LYRICS = "The rain came down on my empty town and nobody was around"


@pytest.fixture(scope="module", name="container")
def _container():
    made = Container("attune-test", settings={"ATTUNE_WORKERS": "2"})
    made.remove()
    made.start()
    yield made
    made.remove()


@pytest.fixture(scope="module", name="http")
def _http(container):
    return container.ready()


@pytest.fixture(name="another")
def _another(request):
    """A container for one test, not started."""
    made = Container(f"attune-test-{request.node.name.replace('_', '-')}")
    made.remove()
    yield made
    made.remove()


@pytest.fixture(scope="module", name="tracks")
def _tracks(http):
    """Registered tracks with audio and lyrics."""
    for number in range(N_TRACKS):
        put = http.put(
            f"/tracks/{number}",
            files={"audio": (f"{number}.wav", encoded(chord(seconds=4.0, seed=number)))},
            data={"lyrics": LYRICS, "title": f"Track {number}"},
        )
        assert put.is_success, put.text
    return [str(number) for number in range(N_TRACKS)]


@pytest.fixture(scope="module", name="learned")
def _learned(http, tracks):
    """What a listener's model says once the listener has answered."""
    labels = [
        {"event_id": track, "track_id": track, "quadrant": ("Q1", "Q3")[int(track) % 2]}
        for track in tracks[:4]
    ]
    answer = http.post("/update", json={"user_id": "mia", "labels": labels})
    assert answer.is_success, answer.text
    return predictions(http, tracks)


def test_it_holds_no_more_than_it_needs():
    assert int(engine("image", "inspect", "--format", "{{.Size}}", tag()).stdout) < LARGEST_BYTES


def test_it_says_what_it_is():
    labels = engine("image", "inspect", "--format", "{{json .Config.Labels}}", tag()).stdout

    assert '"org.opencontainers.image.title":"Attune"' in labels
    assert '"org.opencontainers.image.revision":""' not in labels


def test_it_predicts_lyrics_and_audio(http):
    lyrics = http.post("/predict", json={"lyrics": LYRICS})
    audio = http.post("/predict", files={"audio": ("a.wav", encoded(chord(seconds=4.0)))})

    assert sum(lyrics.json()["probabilities"].values()) == pytest.approx(1)
    assert sum(audio.json()["probabilities"].values()) == pytest.approx(1)


def test_it_learns_a_listener_and_asks(http, tracks, learned):
    unknown = [http.get(f"/tracks/{track}").json() for track in tracks]
    asked = http.post("/query", json={"user_id": "mia"})

    assert all(unknown)
    assert len(learned) == N_TRACKS
    assert asked.is_success, asked.text


def test_it_keeps_recordings_and_shows_pages(container, http, learned):
    kept = container.exec("find", "/state/audio", "-size", "+1k", "-type", "f").stdout.split()

    assert learned
    assert len(kept) == N_TRACKS
    assert http.get("/annotate").is_success
    assert http.get("/docs").is_success


def test_it_is_nobody_of_importance_and_writes_into_its_volume_alone(container, http, learned):
    assert http
    assert learned
    assert {process.uids().real for process in container.processes()} == {UID}
    assert container.exec("touch", "/app/src/x", check=False).returncode != 0
    assert container.exec("touch", "/app/venv/x", check=False).returncode != 0


def test_its_loops_are_those_of_the_image(container, http):
    assert http
    assert "Compiling" not in container.log()


def test_it_asks_no_other_machine_for_anything(container, learned):
    """Its network is loopback: whatever else it sent would be counted as having no route."""
    assert learned
    assert container.exec("cat", "/proc/net/route").stdout.strip().count("\n") == 0
    pid = container.state()["Pid"]
    counts = Path(f"/proc/{pid}/net/snmp").read_text().splitlines()
    names, values = (line.split() for line in counts if line.startswith("Ip:"))
    assert dict(zip(names, values, strict=True))["OutNoRoutes"] == "0"
    udp_names, udp_values = (line.split() for line in counts if line.startswith("Udp:"))
    assert dict(zip(udp_names, udp_values, strict=True))["OutDatagrams"] == "0"  # DNS


def test_its_health_check_asks_the_port_it_serves(container, http, another):
    assert http
    assert container.is_healthy()
    another.arguments = ["--host", "0.0.0.0", "--port", "8080"]  # noqa: S104  # a container
    another.port = 8080
    another.start()
    another.ready()

    assert another.is_healthy()


def test_a_reload_leaves_no_process_behind(container, http):
    assert http
    first = container.processes()[0]
    before = len(first.children(recursive=True))

    first.send_signal(signal.SIGHUP)
    wait_for(lambda: len(first.children(recursive=True)) > before, bound_s=30)

    wait_for(lambda: len(first.children(recursive=True)) == before, bound_s=30)


def test_it_is_the_same_after_a_restart(container, http, tracks, learned):
    """Everything is on the volume: another container over it answers as the first did."""
    assert http
    took_s, status = container.stop()
    container.remove(volume=False)
    container.start()
    again = container.ready()

    assert took_s < STOP_S
    assert status == 0
    assert predictions(again, tracks) == learned
    assert again.get("/users/mia").json()["user_id"] == "mia"


def test_it_takes_verbs(another):
    assert another.run("migrate").returncode == 0
    assert "pending  none" in another.run("migrate", "--show").stdout
    assert another.run("keys", "make", "app", "--scopes", "predict").stdout.strip()


def test_wrong_settings_are_a_sentence(another):
    another.settings = {"ATTUNE_WORKERS": "many"}
    began = time.monotonic()
    done = another.run(check=False)

    assert done.returncode != 0
    assert time.monotonic() - began < 60
    assert "ATTUNE_WORKERS" in done.stderr
    assert "Traceback" not in done.stderr


def predictions(http, tracks):
    """Return what each track feels like to the listener who answered."""
    found = [http.post("/predict", json={"track_id": t, "user_id": "mia"}) for t in tracks]
    assert all(each.is_success for each in found), [each.text for each in found]
    return [each.json()["probabilities"] for each in found]

"""``make bench``: where the time of a request goes, each part beside its floor, all in one run.

Machines are shared and noisy: what is compared is measured in turn, round by round, and the table
gives ratios of medians.
"""

import io
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import soundfile

from models import descriptors, spectrogram
from models.audio import SAMPLE_RATE_HZ, decode
from models.encoders import AudioEncoder
from models.features import FeatureExtractor
from models.network import Network
from models.recognise import believe, recognise
from models.snapshot import Snapshot, load_snapshot
from models.track import Track, TrackFeatures
from tests.bench.catalogue import CLIP_S, clip, fill

PRETRAINED, WEIGHTS = Path("models/pretrained"), Path("models/weights")
N_TRACKS = 10_000
ROUNDS = 15
QUICK_ROUNDS = 300
Work = Callable[[], object]


def main() -> int:
    """Measure, and print the table."""
    snapshot = load_snapshot(PRETRAINED)
    extractor = FeatureExtractor.open(WEIGHTS, snapshot.network)
    extractor.warm_up()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        _say(f"Registering {N_TRACKS:,} tracks …")
        fill(url, N_TRACKS, snapshot, extractor)
        with (
            _served(url, Path(folder)) as address,
            httpx.Client(base_url=address, timeout=120) as client,
        ):
            _machine()
            _upload(client, snapshot, extractor)
            _by_id(client)
            _learning(client)
            _query(client)
    return 0


def _upload(client: httpx.Client, snapshot: Snapshot, extractor: FeatureExtractor) -> None:
    """(a) An upload, part by part, beside decode + front end + encoder."""
    buffer = io.BytesIO()
    soundfile.write(
        buffer, clip(np.random.default_rng(1)), SAMPLE_RATE_HZ, format="OGG", subtype="VORBIS"
    )
    sent = buffer.getvalue()
    wave = decode(io.BytesIO(sent))
    encoder = AudioEncoder(WEIGHTS, threads=1)
    patches = spectrogram.patches(spectrogram.log_mel(wave))
    features = TrackFeatures(extractor.waveform(wave), None)
    track = Track("bench", features, believe(snapshot, features))
    rule = snapshot.default_fusion

    def listen() -> None:
        spectrogram.patches(spectrogram.log_mel(wave))
        descriptors.pool(descriptors.describe(wave))

    needed: dict[str, Work] = {
        "decode (ogg Vorbis)": lambda: decode(io.BytesIO(sent)),
        "front end: log-mel, timbre": listen,
        "encoder": lambda: encoder(patches),
    }
    if snapshot.network:
        network = Network.open(snapshot.network)
        needed["cnn, five folds"] = lambda: network(wave)
    parts = {
        **needed,
        "committee": lambda: believe(snapshot, features),
        "consensus, fusion, read-out": lambda: recognise(
            snapshot, [track], personal=None, fusion=rule
        ),
        "POST /predict, whole": lambda: _post_file(client, sent),
    }
    times = _in_turn(parts, ROUNDS)
    whole = times.pop("POST /predict, whole")
    floor = sum(times[name] for name in needed)
    times["rest: HTTP, form, pooling, JSON"] = whole - sum(times.values())
    _table(
        f"(a) An upload of {CLIP_S} s of audio",
        ["part", "ms", "of the floor"],
        [[name, _ms(value), f"{value / floor:.2f}"] for name, value in times.items()]
        + [["**floor**: decode + front end + encoders", _ms(floor), "1.00"]]
        + [["**whole request**", _ms(whole), f"**{whole / floor:.2f}**"]],
    )


def _by_id(client: httpx.Client) -> None:
    """(b) A prediction by id beside an API that does nothing."""
    listener = "bench-listener"
    _post(client, "/update", _answers(listener, 10))
    times = _in_turn(
        {
            "POST /empty": lambda: _post(client, "/empty", {}),
            "POST /predict by track_id": lambda: _post(client, "/predict", {"track_id": "t00001"}),
            "the same for a listener with 10 labels": lambda: _post(
                client, "/predict", {"track_id": "t00001", "user_id": listener}
            ),
        },
        QUICK_ROUNDS,
    )
    _ratios("(b) A prediction by id beside an empty API of the same process", times)


def _learning(client: httpx.Client) -> None:
    """(c) Ten labels, from a stranger each time."""
    strangers = iter(range(10_000))
    times = _in_turn(
        {
            "POST /empty": lambda: _post(client, "/empty", {}),
            "POST /update, 10 labels of a new listener": lambda: _post(
                client, "/update", _answers(f"stranger-{next(strangers)}", 10)
            ),
            "POST /update, the same 10 again": lambda: _post(
                client, "/update", _answers("stranger-0", 10)
            ),
        },
        ROUNDS * 3,
    )
    _ratios("(c) Learning 10 labels", times)


def _query(client: httpx.Client) -> None:
    """(d) Asking over the whole catalogue, beside one NumPy pass over as many logits."""
    logits = np.random.default_rng(2).normal(size=(40, N_TRACKS, 4))

    def ask(user: str, strategy: str) -> Work:
        return lambda: _post(client, "/query", {"user_id": user, "n": 10, "strategy": strategy})

    times = _in_turn(
        {
            f"one NumPy softmax of 40 x {N_TRACKS:,} x 4": lambda: (
                np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
            ),
            "POST /query rand": ask("nobody", "rand"),
            "POST /query mc, no labels": ask("nobody", "mc"),
            "POST /query mix, no labels": ask("nobody", "mix"),
            "POST /query mc, 10 labels": ask("bench-listener", "mc"),
        },
        ROUNDS,
    )
    _ratios(f"(d) A query over {N_TRACKS:,} tracks with audio and lyrics", times)


def _answers(user: str, n: int) -> dict[str, object]:
    labels = [
        {
            "event_id": f"{user}-{index}",
            "track_id": f"t{index:05d}",
            "quadrant": f"Q{index % 4 + 1}",
        }
        for index in range(n)
    ]
    return {"user_id": user, "labels": labels}


def _post(client: httpx.Client, path: str, body: object) -> None:
    client.post(path, json=body).raise_for_status()


def _post_file(client: httpx.Client, sent: bytes) -> None:
    client.post("/predict", files={"audio": ("clip.ogg", sent)}).raise_for_status()


def _in_turn(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """Return each work's median seconds; in every round each is done once."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            if number:  # the first round warms up
                times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


def _ratios(title: str, times: Mapping[str, float]) -> None:
    floor = next(iter(times.values()))
    rows = [[name, _ms(value), f"{value / floor:.2f}"] for name, value in times.items()]
    _table(title, ["what", "ms", "of the first"], rows)


@contextmanager
def _served(database: str, folder: Path) -> Iterator[str]:
    """Serve on a free port, and stop by process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = os.environ | {
        "ATTUNE_DATABASE_URL": database,
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(folder / "bentoml"),
        "OMP_NUM_THREADS": "1",
    }
    command = [
        sys.executable,
        "-m",
        "bentoml",
        "serve",
        "tests.bench.server:Bench",
        "--port",
        str(port),
    ]
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(  # noqa: S603  # our own command
            [*command, "--host", "127.0.0.1"], env=environ, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _await(address, server, folder / "server.log")
            yield address
        finally:
            server.terminate()
            server.wait(30)


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit(f"The server stopped:\n{log.read_text()}")
        try:
            if httpx.get(f"{address}/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise SystemExit(f"The server did not become ready:\n{log.read_text()}")


def _machine() -> None:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [
            line.partition(":")[2].strip()
            for line in cpuinfo.read_text().splitlines()
            if line.startswith("model name")
        ]
        model = names[0] if names else model
    load = os.getloadavg()[0]
    _say(f"\nMachine: {os.cpu_count()} cores, {model}; load {load:.1f}.")
    _say("Medians; what a table compares was measured in turn, round by round.")


def _table(title: str, head: list[str], rows: list[list[str]]) -> None:
    _say(f"\n## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        _say(f"| {' | '.join(row)} |")


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""``make bench-image``: size, start, memory and stop of the image that ``make image`` built."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median

from tests.audio_signals import chord, encoded
from tests.bench.tables import machine_name, say, table
from tests.image.containers import Container, engine, tag, why_not

WORKERS = (1, 2, 4)
N_PREDICTIONS = 100
N_STARTS = 3
N_PACKAGES = 12
LYRICS = "The rain came down on my empty town and nobody was around"
PACKAGES = "/app/venv/lib/python3.11/site-packages"
_DROP = Path("/proc/sys/vm/drop_caches")


def main() -> int:
    """Measure the image and print the page."""
    if reason := why_not():
        sys.stderr.write(f"The image cannot be measured: {reason}.\n")
        return 1
    say(f"# The image\n\n`make bench-image` prints this page. Machine: {machine_name()}.")
    _print_size()
    _print_starts()
    _print_memory()
    return 0


def _print_size() -> None:
    inspected = json.loads(engine("image", "inspect", tag()).stdout)[0]
    say(f"\nThe image takes {inspected['Size'] / 1e6:.0f} MB, uncompressed.")
    named = engine("history", "--no-trunc", "--format", "{{.Size}}\t{{.CreatedBy}}", tag()).stdout
    rows = [line.split("\t", 1) for line in named.splitlines()]
    kept = [[_instruction(what), size] for size, what in rows if not size.startswith("0")]
    table("Size by layer, the last first", ["made by", "size"], kept)
    du = ["du", "--apparent-size", "--block-size=1", "--max-depth=1", PACKAGES]
    with _Trial() as container:
        container.start()
        listed = container.exec(*du).stdout
    sizes = [(int(size), path) for size, path in map(str.split, listed.splitlines())]
    largest = sorted((s, p) for s, p in sizes if p != PACKAGES)[::-1][:N_PACKAGES]
    cells = [[Path(path).name, f"{size / 1e6:.1f}"] for size, path in largest]
    table("The largest packages", ["folder", "MB"], cells)


def _instruction(text: str) -> str:
    plain = text.removeprefix("/bin/sh -c ").removeprefix("#(nop) ").replace("|", "/")
    return " ".join(plain.split())[:70]


def _print_starts() -> None:
    cold, warm, stops = [], [], []
    for _ in range(N_STARTS):
        with _Trial() as container:
            if _DROP.exists():
                _DROP.write_text("1")  # the pages of files that nobody uses now
            cold.append(_started(container))
            stops.append(container.stop()[0])
            container.remove(volume=False)
            warm.append(_started(container))
            stops.append(container.stop()[0])
    rows = [
        ["start, files not in memory, empty volume", f"{median(cold):.1f}"],
        ["start, files in memory, volume in use", f"{median(warm):.1f}"],
        ["stop, idle", f"{median(stops):.1f}"],
    ]
    table(f"Seconds, medians of {N_STARTS} (stops of {len(stops)})", ["what", "s"], rows)


def _print_memory() -> None:
    head = ["workers", "after", "parent RSS", "parent PSS", "worker RSS", "worker PSS", "all PSS"]
    table("Memory in MB; of a worker the mean", head, _memory_rows())
    say("\nRSS counts what processes share in each of them, PSS only a part of it in each.")


def _memory_rows() -> Iterator[list[str]]:
    for n_workers in WORKERS:
        with _Trial({"ATTUNE_WORKERS": str(n_workers)}) as container:
            _started(container)
            yield [str(n_workers), "start", *_memory(container)]
            _predict(container)
            moment = f"{N_PREDICTIONS} predictions of audio and lyrics"
            yield [str(n_workers), moment, *_memory(container)]


class _Trial:
    """A container that is removed at the end."""

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self._container = Container("attune-bench", settings=settings or {"ATTUNE_WORKERS": "1"})

    def __enter__(self) -> Container:
        self._container.remove()
        return self._container

    def __exit__(self, *_: object) -> None:
        self._container.remove()


def _started(container: Container) -> float:
    began = container.start()
    container.ready()
    return time.monotonic() - began


def _predict(container: Container) -> None:
    http = container.ready()
    audio = encoded(chord(seconds=30.0))
    for _ in range(N_PREDICTIONS):
        http.post(
            "/predict", files={"audio": ("a.wav", audio)}, data={"lyrics": LYRICS}
        ).raise_for_status()


def _memory(container: Container) -> list[str]:
    processes = container.processes()
    parent = processes[0].memory_full_info()
    workers = [each.memory_full_info() for each in processes[1:] if not each.children()]
    mean_rss = mean(each.rss for each in workers)
    mean_pss = mean(each.pss for each in workers)
    total = sum(each.memory_full_info().pss for each in processes)
    return [f"{n / 1e6:.0f}" for n in (parent.rss, parent.pss, mean_rss, mean_pss, total)]


if __name__ == "__main__":
    sys.exit(main())

"""Nothing is reported to anybody, by the native code of libraries neither.

onnxruntime, left alone, reports to its maker: it leaves files as soon as it is imported, and asks
for its maker's host some ten seconds later. The controls show that it still would.
"""

import re
import sys
import time
from pathlib import Path

import pytest

from tests.audio_signals import encoded, tone
from tests.journey.network_isolation import PROBE, beside, isolated, names, why_not
from tests.journey.servers import ROOT, Served, environment, run, served_from, wait_for

pytestmark = pytest.mark.slow

MARGIN_S = 1.5
REPORTING = """
import sys, time, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
time.sleep(float(sys.argv[2]))
"""
IMPORTING = """
import importlib, os, sys, numba, scipy.stats
for name in sys.argv[1:]:  # each in a process that has not imported onnxruntime
    if (child := os.fork()) == 0:
        importlib.import_module(name)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0, name
"""
PREDICT = """
import sys, httpx
files = {"audio": open(sys.argv[2], "rb")}
reply = httpx.post(sys.argv[1] + "/predict", files=files, trust_env=False, timeout=60)
print(reply.status_code)
"""
IMPORTS = re.compile(r"^\s*(import|from) onnxruntime\b", re.MULTILINE)
IMPORTERS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("models", "service", "training")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if IMPORTS.search(path.read_text(encoding="utf-8"))
]


def reporting(wait_s: float) -> list[str]:
    """Return a command that opens a session with onnxruntime as its makers ship it."""
    encoder = ROOT / "models" / "weights" / "musicnn.onnx"
    return [sys.executable, "-c", REPORTING, str(encoder), str(wait_s)]


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(name="environ")
def _environ(home: Path) -> dict[str, str]:
    """An environment in which all that is written for a user comes into an empty folder."""
    return environment(home, XDG_CACHE_HOME=str(home / "cache"))


@pytest.fixture(name="recording")
def _recording(tmp_path: Path) -> Path:
    path = tmp_path / "music" / "tone.wav"
    path.parent.mkdir()
    path.write_bytes(encoded(tone(seconds=2)))
    return path


def has_onnxruntime(service: Served) -> bool:
    workers = service.workers()
    maps = [[one.path for one in worker.memory_maps()] for worker in workers]
    return bool(maps) and all(any("onnxruntime" in path for path in paths) for paths in maps)


def kept_for_reports(home: Path) -> list[Path]:
    return list(home.rglob("Microsoft*"))


def test_onnxruntime_alone_would_leave_files(home, environ):
    run(reporting(0), ROOT, environ)

    assert kept_for_reports(home)


def test_no_module_imports_onnxruntime_before_it_is_silenced_whatever_was_set(home, environ):
    set_before = {"ORT_DISABLE_TELEMETRY": "0"}
    run([sys.executable, "-c", IMPORTING, *IMPORTERS], ROOT, environ | set_before)

    assert IMPORTERS
    assert kept_for_reports(home) == []


@pytest.mark.skipif(bool(why_not()), reason=f"NO DNS WAS LISTENED TO: {why_not()}.")
def test_the_service_asks_dns_for_nothing_while_onnxruntime_alone_would(tmp_path, recording):
    service = isolated(served_from(tmp_path / "service"))
    alone = tmp_path / "alone"
    control = isolated(Served(reporting(300), alone, environment(alone), 0))
    try:
        service.start()
        wait_for(lambda: has_onnxruntime(service), service.log)
        control.start()
        service.until_logged("Attune is ready.")
        predict = [sys.executable, "-c", PREDICT, service.url, str(recording)]
        assert beside(service, predict).strip() == "200"  # it is at work
        wait_for(lambda: len(names(control)) > 1)
        time.sleep(MARGIN_S)  # the service has had onnxruntime for longer than the control

        assert names(service) == {PROBE}
        assert names(control) == {PROBE, "mobile.events.data.microsoft.com"}
    finally:
        service.kill()
        control.kill()

"""Log lines: what they say, and what they must never say."""

import json
import logging
import sys
from dataclasses import replace
from datetime import datetime
from threading import Thread

import anyio
import pytest
from anyio import to_thread

from service.observability.logs import (
    RequestContext,
    configure,
    current_request,
    during,
    formatter,
    request_line,
)

ASKED = RequestContext("id-1", "GET", "/users/{user_id}", key_id="k1", code="user_not_found")


def record(message="Something happened", *arguments, level=logging.INFO, error=None):
    info = (type(error), error, error.__traceback__) if error is not None else None
    return logging.LogRecord("bentoml.attune", level, __file__, 1, message, arguments, info)


def told(made):
    """Return what a JSON line says; there must be one line."""
    line = formatter("json").format(made)
    assert len(line.splitlines()) == 1
    return json.loads(line)


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.fixture(name="configured")
def _configured():
    """Configures, and leaves the loggers as they were afterwards."""
    root = logging.getLogger()
    names = ("bentoml", "alembic", "uvicorn.access", "uvicorn.error", "circus", "bentoml.attune")
    kept = root.handlers[:], root.level, [logging.getLogger(name).level for name in names]
    hook = sys.excepthook
    yield configure
    root.handlers[:], root.level = kept[:2]
    for name, level in zip(names, kept[2], strict=True):
        logging.getLogger(name).setLevel(level)
    sys.excepthook = hook
    logging.captureWarnings(capture=False)


def test_a_line_says_when_in_utc_how_bad_who_and_what():
    made = record("It is %s", "so")
    made.created = 1_700_000_000.5

    line = told(made)

    assert line["time"] == "2023-11-14T22:13:20.500Z"
    assert datetime.fromisoformat(line["time"]).timestamp() == made.created
    assert (line["level"], line["logger"], line["message"]) == (
        "info",
        "bentoml.attune",
        "It is so",
    )
    assert line["pid"] == made.process
    assert "request_id" not in line


def test_a_line_of_a_request_names_it_also_from_a_thread():
    async def ask(name, seen):
        asked = replace(ASKED, request_id=name)
        with during(asked):
            seen.append((name, await to_thread.run_sync(lambda: told(record()))))

    async def both():
        seen = []
        async with anyio.create_task_group() as group:
            for name in ("a", "b"):
                group.start_soon(ask, name, seen)
        return seen

    for name, line in anyio.run(both):
        expected = {
            "request_id": name,
            "method": "GET",
            "route": "/users/{user_id}",
            "key_id": "k1",
            "code": "user_not_found",
        }
        assert line == line | expected
    assert current_request() is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x0b", "\x85", "\u2028", "\x1b[31m"])
@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_that_is_said_begins_a_line_or_commands_a_terminal(form, end):
    forged = f"a{end}2026-01-01T00:00:00.000Z INFO [root] forged"

    line = formatter(form).format(record("%s", forged))

    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_a_fault_during_a_request_tells_where_and_not_what_was_sent():
    error = raised(KeyError("ana"))
    error.__cause__ = raised(ValueError("boris"))

    with during(ASKED):
        line = told(record(level=logging.ERROR, error=error))
        text = formatter("text").format(record(level=logging.ERROR, error=error))

    assert "builtins.KeyError" in line["exception"]
    assert "builtins.ValueError" in line["exception"]
    assert "in raised" in line["exception"]
    for said in (json.dumps(line), text):
        assert "ana" not in said
        assert "boris" not in said


def test_a_fault_at_the_start_tells_what_it_was_and_of_a_group_where_the_first_came_from():
    group = ExceptionGroup("several", [raised(ValueError("a")), raised(KeyError("b"))])

    line = told(record(error=raised(group)))

    assert "builtins.ValueError: a" in line["exception"]


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("Bearer attune_ab12cd_0123456789abcdefABCDEF-_x", "0123456789abcdef"),
        ("postgresql+psycopg://attune:hunter2@db/attune is away", "hunter2"),
        ("postgresql://attune:p%40ss:word@db/attune", "word"),
    ],
)
def test_no_secret_gets_into_a_line(form, said, secret):
    assert secret not in formatter(form).format(record(said))
    assert secret not in formatter(form).format(record(error=raised(OSError(said))))


@pytest.mark.parametrize("form", ["json", "text"])
def test_only_the_published_fields_of_a_record_get_into_a_line(form):
    made = record()
    made.user_id = "ana"
    made.stack_info = "Stack: ana"

    assert "ana" not in formatter(form).format(made)


def test_the_line_of_a_request_tells_its_answer_in_fields_of_a_fixed_order(configured, capsys):
    configured("json", "info")
    asked = replace(ASKED, trace_id="t1")

    with during(asked):
        request_line(asked, 404, 0.01234, is_probe=False)

    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert " ".join(told) == (
        "time level logger message request_id method route key_id code trace_id status ms pid"
    )
    assert (told["status"], told["ms"], told["logger"]) == (404, 12.3, "bentoml.attune.request")
    assert told["message"] == "GET /users/{user_id} 404 12.3 ms"


def test_the_line_of_a_request_for_people_ends_in_its_id(configured, capsys):
    configured("text", "info")

    with during(ASKED):
        request_line(ASKED, 404, 0.01234, is_probe=False)

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("GET /users/{user_id} 404 12.3 ms code=user_not_found key_id=k1 id-1")


@pytest.mark.parametrize(("level", "n_lines"), [("debug", 1), ("info", 0)])
def test_probes_are_told_in_detail_only(configured, capsys, level, n_lines):
    configured("text", level)

    request_line(RequestContext("id-1", "GET", "/livez"), 200, 0.001, is_probe=True)

    assert len(capsys.readouterr().err.splitlines()) == n_lines


def test_every_logger_writes_the_same_form_once(configured, capsys):
    for name in ("bentoml", "uvicorn.error", "circus"):  # as BentoML gives them handlers
        logging.getLogger(name).addHandler(logging.StreamHandler())

    configured("json", "info")
    names = ("bentoml.serve", "uvicorn.error", "circus", "alembic", "sqlalchemy.pool", "any")
    for name in names:
        logging.getLogger(name).warning("It is me")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["logger"] for line in lines] == list(names)


def test_neither_paths_nor_statements_are_told_in_detail(configured, capsys):
    configured("json", "debug")

    logging.getLogger("uvicorn.access").critical("GET /users/ana?x=1")
    logging.getLogger("sqlalchemy.engine").info("SELECT ... ('ana',)")

    assert capsys.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_by_an_error_is_told(configured, capsys, monkeypatch):
    monkeypatch.setattr("threading.excepthook", None)
    configured("json", "info")
    thread = Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()

    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]

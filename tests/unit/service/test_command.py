"""The command line of the service, apart from what its commands do."""

import subprocess
import sys

import pytest

from service.__main__ import main


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_options_and_commands(option, capsys):
    status = main([option])

    shown = capsys.readouterr().out
    assert status == 0
    assert "default: 127.0.0.1" in shown
    assert "default: 3000" in shown
    assert {"import", "migrate", "copy", "keys", "replay", "reload", "backup"} <= set(
        shown.split()
    )


def test_a_port_out_of_range_is_a_usage_error_that_names_value_and_bound(capsys):
    status = main(["--port", "65536"])

    assert status == 2
    assert "'--port': 65536 is not in the range 1<=x<=65535" in capsys.readouterr().err


def test_help_imports_nothing_that_takes_long_to_load():
    code = (
        "import sys; from service.__main__ import main; main(['--help']); "
        "sys.exit(bool({'bentoml', 'numpy', 'pydantic', 'sqlalchemy'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", code], capture_output=True)  # noqa: S603  # our own command

    assert ended.returncode == 0

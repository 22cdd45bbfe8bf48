"""What is deployed, read as the tools that deploy it would."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"


@dataclass(frozen=True)
class Dockerfile:
    """The instructions of a Dockerfile, in order: word and arguments."""

    instructions: list[tuple[str, str]]

    @classmethod
    def read(cls, text):
        """Read a Dockerfile; comments go and continued lines are joined."""
        kept = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        joined = re.sub(r"\\\s*\n\s*", " ", "\n".join(kept))
        lines = [line for line in joined.splitlines() if line.strip()]
        return cls([tuple(line.split(None, 1)) for line in lines])

    def all(self, word):
        """Return what stands behind every such instruction."""
        return [rest for found, rest in self.instructions if found == word]

    def last(self, word):
        """Return what stands behind the last such instruction."""
        return self.all(word)[-1]

    def words(self, word):
        """Return an instruction's list of words."""
        return json.loads(self.last(word))

    @property
    def environment(self):
        """The variables of the last stage."""
        begin = max(i for i, (word, _) in enumerate(self.instructions) if word == "FROM")
        pairs = [rest for word, rest in self.instructions[begin:] if word == "ENV"]
        return dict(shlex.split(pair)[0].split("=", 1) for pair in pairs)

    @property
    def health(self):
        """The command of the health check, as words."""
        return json.loads(self.last("HEALTHCHECK").partition("CMD ")[2])


def rendered(folder):
    """Return the Dockerfile that BentoML makes of the template; its folder is any empty one."""
    from bentoml._internal.bento.build_config import CondaOptions, DockerOptions
    from bentoml._internal.container.generate import generate_containerfile

    bentofile = yaml.safe_load((ROOT / "bentofile.yaml").read_text(encoding="utf-8"))
    env = {each["name"]: each["value"] for each in bentofile["envs"]}
    return generate_containerfile(
        DockerOptions(**bentofile["docker"], env=env),
        str(ROOT),
        conda=CondaOptions(),
        bento_fs=folder,
        enable_buildkit=False,
    )


def manifests():
    """Return Kubernetes' manifests, each with its file's name."""
    return [
        (path.name, document)
        for path in sorted(KUBERNETES.glob("*.yaml"))
        if path.name != "kustomization.yaml"
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    ]


def manifest(kind):
    """Return the one manifest of a kind."""
    [found] = [document for _, document in manifests() if document["kind"] == kind]
    return found


def compose():
    """Return compose.yaml."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def seconds(text):
    """Return the seconds of a duration as Docker writes it, such as ``90s``."""
    return int(re.fullmatch(r"(\d+)s", text)[1])

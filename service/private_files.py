"""Files and folders that only the user who runs the service may read."""

import logging
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

LOG = logging.getLogger("bentoml.attune.private")
_FILE, _FOLDER = 0o600, 0o700


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing; one that exists keeps its mode."""
    if not folder.parent.exists():
        make_folder(folder.parent)  # ``parents=True`` would leave their mode to the umask
    folder.mkdir(mode=_FOLDER, exist_ok=True)


def opener(name: str, flags: int) -> int:
    """Open a file as the built-in ``open`` asks, but no link to one.

    A new one is readable by its owner only. In a folder that others may write to, a link could
    lead to any file that this user may change.
    """
    return os.open(name, flags | os.O_NOFOLLOW, _FILE)


def make_file(path: Path) -> None:
    """Make an empty file; one that exists keeps its mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE))


def restrict(paths: Iterable[Path]) -> None:
    """Deny all users of the machine the access that earlier releases left them.

    A mode that gives them none is the operator's choice and stays. So does the access of a group
    that may write: no release gave that. Missing paths are ignored, and so are links that another
    user made: they could lead to anything.
    """
    restricted = [str(path) for path in paths if _is_restricted_now(path)]
    if restricted:
        LOG.info("All users of this machine had access to %s; no longer.", ", ".join(restricted))


def _is_restricted_now(path: Path) -> bool:
    """Restrict one path; return whether there was something to take away."""
    try:
        if _is_link_of_another(path):
            LOG.warning("%s is a link that another user made; it is not followed.", path)
            return False
        file = path.resolve()
        mode = stat.S_IMODE(file.stat().st_mode)
        if not mode & stat.S_IRWXO:
            return False
        taken = stat.S_IRWXO if mode & stat.S_IWGRP else stat.S_IRWXG | stat.S_IRWXO
        file.chmod(mode & ~taken)
    except FileNotFoundError:
        return False
    except OSError as error:
        LOG.warning("All users of this machine have access to %s: %s.", path, error.strerror)
        return False
    return True


def _is_link_of_another(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISLNK(found.st_mode) and found.st_uid not in {0, os.geteuid()}

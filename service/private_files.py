"""Files and folders that only the service's own operating system user may read."""

import logging
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

LOG = logging.getLogger("bentoml.attune.private")
_FILE, _FOLDER = 0o600, 0o700


def make_folder(folder: Path) -> None:
    """Create a folder and missing parents; an existing one keeps its mode."""
    if not folder.parent.exists():
        make_folder(folder.parent)  # with ``parents=True`` their mode would depend on the umask
    folder.mkdir(mode=_FOLDER, exist_ok=True)


def opener(name: str, flags: int) -> int:
    """Open a file for the built-in ``open``, but refuse symbolic links.

    A new file is readable by its owner only. In a folder that others may write to, a link could
    name any file that this user may change.
    """
    return os.open(name, flags | os.O_NOFOLLOW, _FILE)


def make_file(path: Path) -> None:
    """Create an empty file; an existing one keeps its mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE))


def restrict(paths: Iterable[Path]) -> None:
    """Remove the access of other users that earlier releases granted.

    A mode without access for all users is the operator's choice and stays, and so does the access
    of a group that may write, which no release granted. Missing paths and other users' links are
    ignored.
    """
    restricted = [str(path) for path in paths if _is_restricted_now(path)]
    if restricted:
        LOG.info("Removed the access of other users to %s.", ", ".join(restricted))


def _is_restricted_now(path: Path) -> bool:
    """Restrict one path; return whether its mode changed."""
    try:
        if _is_link_of_another(path):
            LOG.warning("%s is another user's link and is not followed.", path)
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
        LOG.warning("Other users of this machine have access to %s: %s.", path, error.strerror)
        return False
    return True


def _is_link_of_another(path: Path) -> bool:
    found = path.lstat()
    return stat.S_ISLNK(found.st_mode) and found.st_uid not in {0, os.geteuid()}

"""Files and folders that only their owner may read, whatever the umask."""

import logging
import os
import stat
from pathlib import Path

import pytest

from service.private_files import make_file, make_folder, opener, restrict


@pytest.fixture(autouse=True)
def _umask():
    """Nothing is taken away from what is made without a mode."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


def test_folders_that_are_made_are_the_owners_and_those_that_exist_keep_their_mode(
    tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("shared").mkdir(mode=0o777)

    for folder in (tmp_path / "a" / "b", Path("c"), Path("shared/own"), Path("shared")):
        make_folder(folder)

    made = {name: mode(Path(name)) for name in ("a", "a/b", "c", "shared/own", "shared")}
    assert made == dict.fromkeys(made, "0o700") | {"shared": "0o777"}


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "file").touch()

    for folder in (tmp_path / "file", tmp_path / "file" / "own"):
        with pytest.raises(OSError, match="file"):
            make_folder(folder)


def test_a_file_is_the_owners_and_one_that_exists_keeps_its_mode_and_content(tmp_path):
    (tmp_path / "old").write_text("said")

    for name in ("old", "new"):
        make_file(tmp_path / name)
    with open(tmp_path / "opened", "x", opener=opener) as written:
        written.write("said")

    assert [mode(tmp_path / name) for name in ("old", "new", "opened")] == [
        "0o666",
        "0o600",
        "0o600",
    ]
    assert (tmp_path / "old").read_text() == "said"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (0o644, 0o600),
        (0o755, 0o700),
        (0o711, 0o700),
        (0o664, 0o660),
        (0o2775, 0o2770),
        (0o640, 0o640),
        (0o660, 0o660),
        (0o400, 0o400),
    ],
    ids=oct,
)
def test_what_all_may_read_is_restricted_and_what_was_chosen_stays(tmp_path, before, after):
    path, link = tmp_path / "made before", tmp_path / "link of one's own"
    path.touch()
    path.chmod(before)
    link.symlink_to(path)

    restrict([link, tmp_path / "missing"])

    assert mode(path) == oct(after)


def test_what_was_restricted_is_told_in_one_line_and_once(tmp_path, caplog):
    paths = [tmp_path / name for name in ("one", "two")]
    for path in paths:
        path.touch()

    with caplog.at_level(logging.INFO):
        restrict(paths)
        restrict(paths)

    (line,) = caplog.messages
    assert f"{paths[0]}, {paths[1]}" in line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes links of other users")
def test_links_that_another_user_made_are_not_followed(tmp_path, caplog):
    anothers, link = tmp_path / "of another", tmp_path / "link"
    anothers.touch(0o644)
    link.symlink_to(anothers)
    os.lchown(link, 65_534, 65_534)

    restrict([link])

    assert mode(anothers) == "0o644"
    assert caplog.messages == [f"{link} is another user's link and is not followed."]


def test_no_link_is_opened(tmp_path):
    (tmp_path / "file").write_text("said")
    (tmp_path / "link").symlink_to(tmp_path / "file")

    with (
        pytest.raises(OSError, match="symbolic links"),
        open(tmp_path / "link", "w", opener=opener),
    ):
        pass

    assert (tmp_path / "file").read_text() == "said"


def test_what_cannot_be_restricted_is_only_told(caplog):
    anothers = Path("/proc/self/stat")  # whose mode the kernel changes for nobody

    restrict([anothers])

    assert caplog.messages == [
        "Other users of this machine have access to /proc/self/stat: Operation not permitted."
    ]

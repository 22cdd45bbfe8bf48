"""Recordings in a folder: whole or not at all, and there as long as somebody needs them."""

import errno
import hashlib
import io
import os
import threading
import time

import pytest

from service.db.recordings import FileRecordings
from service.errors import AudioStoreError

SOUND = b"some sound"
NAME = hashlib.sha256(SOUND).hexdigest()
A_DAY_S = 24 * 3600


class FullDisk(io.BytesIO):
    """A file that can be read to half; then the disk it is copied to is full."""

    def read(self, size=-1):
        if self.tell():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().read(min(size, 5) if size > 0 else 5)


@pytest.fixture(name="recordings")
def _recordings(tmp_path):
    return FileRecordings(tmp_path)


def keep(recordings, sound=SOUND):
    with recordings.keep(hashlib.sha256(sound).hexdigest(), io.BytesIO(sound)):
        pass


def nothing(_):
    return set()


def everything(sha256s):
    return set(sha256s)


def files(folder):
    return {file.name for file in folder.rglob("*") if file.is_file()} - {"lock"}


def test_what_is_kept_is_there_in_the_block_and_after_it(recordings):
    sound = io.BytesIO(SOUND)
    sound.seek(3)

    with recordings.keep(NAME, sound):
        assert recordings.find(NAME).read_bytes() == SOUND

    assert recordings.has(NAME)
    assert sound.tell() == 0


def test_a_full_disk_is_told_and_nothing_is_left(recordings, tmp_path):
    with (
        pytest.raises(AudioStoreError, match=r"No space left on device.*ATTUNE_AUDIO"),
        recordings.keep(NAME, FullDisk(SOUND)),
    ):
        pytest.fail("It goes on as if the recording were kept.")

    assert files(tmp_path) == set()
    keep(recordings)
    assert recordings.find(NAME).read_bytes() == SOUND


def test_an_error_of_whoever_keeps_something_is_theirs(recordings):
    with pytest.raises(OSError, match="theirs"), recordings.keep(NAME, io.BytesIO(SOUND)):
        raise OSError("theirs")


def test_what_nobody_needs_is_removed_and_the_rest_stays(recordings):
    keep(recordings)

    recordings.remove_if_unused([NAME, None, "0" * 64], everything)
    assert recordings.has(NAME)

    recordings.remove_if_unused([NAME], nothing)
    assert not recordings.has(NAME)


def test_nothing_is_removed_while_somebody_registers_it(recordings):
    done = []

    def let_go():
        recordings.remove_if_unused([NAME], lambda _: {NAME} if done else set())

    with recordings.keep(NAME, io.BytesIO(SOUND)):
        other = threading.Thread(target=let_go)
        other.start()
        other.join(0.1)
        assert other.is_alive()
        done.append("registered")
    other.join(5)

    assert recordings.has(NAME)


def test_a_sweep_leaves_what_is_needed(recordings, tmp_path):
    keep(recordings)
    keep(recordings, b"other sound")

    n_removed = recordings.remove_unused(lambda sha256s: {NAME} & set(sha256s))

    assert n_removed == 1
    assert files(tmp_path) == {NAME}


def test_a_sweep_takes_what_a_process_left_half_written_long_ago(recordings, tmp_path):
    keep(recordings)
    shelf = recordings.find(NAME).parent
    old, new = shelf / f"{NAME}-1.part", shelf / f"{NAME}-2.part"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * A_DAY_S,) * 2)

    n_removed = recordings.remove_unused(everything)

    assert n_removed == 1
    assert files(tmp_path) == {NAME, new.name}


def test_a_folder_that_is_not_there_yet_is_swept(tmp_path):
    assert FileRecordings(tmp_path / "no").remove_unused(nothing) == 0

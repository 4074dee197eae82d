"""This machine as a host: the same limits, and nothing left running."""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from diagnose.hosts.connect import connect
from diagnose.hosts.session import Target, output


@pytest.fixture
def here():
    return connect(Target("local"))


def running(word: str) -> bool:
    return subprocess.run(["pgrep", "-f", word], capture_output=True).returncode == 0


def test_output_status_and_errors_come_apart(here):
    done, said = output(here, "echo out; echo wrong >&2; exit 3")
    assert (said, done.stderr, done.status, done.ok) == (b"out\n", "wrong\n", 3, False)


def test_endless_output_is_cut_exactly_at_the_limit(here):
    parts: list[bytes] = []
    done = here.run("cat /dev/zero", parts.append, limit=1_000_003)
    assert done.truncated
    assert done.status is None
    assert sum(map(len, parts)) == done.bytes == 1_000_003


def test_output_of_just_the_limit_is_whole(here):
    done, said = output(here, "printf 12345", limit=5)
    assert said == b"12345"
    assert done.ok


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(here):
    done, said = output(here, "echo begun; (sleep 7531 & wait)", seconds=0.5)
    assert said == b"begun\n"
    assert done.timed_out
    assert not done.ok
    assert not running("sleep 7531")


def test_one_that_will_not_be_told_is_killed(here):
    done, _ = output(here, "trap '' TERM; while :; do sleep 0.1; done # 7532", seconds=0.2)
    assert done.timed_out
    assert not running("# 7532$")


def test_one_is_stopped_when_the_caller_says_so(here):
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    done = here.run("while :; do echo x; sleep 0.05; done", lambda _: None, stop=stop)
    assert done.status is None
    assert done.bytes > 0
    assert not done.timed_out


def test_input_is_given_and_closed(here):
    parts: list[bytes] = []
    done = here.run("wc -c", parts.append, stdin=b"x" * 3_000_000)
    assert done.ok
    assert b"".join(parts).strip() == b"3000000"


def test_a_command_that_reads_no_input_is_none_the_worse(here):
    assert here.run("true", lambda _: None, stdin=b"x" * 3_000_000).ok


def test_without_input_there_is_none_to_wait_for(here):
    assert output(here, "cat")[0].ok


def test_errors_are_kept_to_their_end_and_cannot_move_the_cursor(here):
    done, _ = output(here, r"yes 0123456789 | head -5000 >&2; printf '\033[2Jend\r' >&2")
    assert len(done.stderr) < 4200
    assert done.stderr.endswith("\\x1b[2Jend\\x0d")


def test_a_command_killed_by_a_signal_has_no_status(here):
    done, _ = output(here, "kill -9 $$")
    assert done.status is None
    assert not done.ok


def test_a_sink_that_fails_ends_the_command(here):
    def full(_: bytes) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        here.run("echo x; sleep 7533", full)
    assert not running("sleep 7533")


def test_several_threads_share_it(here, tmp_path):
    meet = f"touch {tmp_path}/$$; until [ $(ls {tmp_path} | wc -l) = 6 ]; do sleep 0.05; done"
    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(lambda _: output(here, meet)[0].ok, range(6)))
    assert all(ended)

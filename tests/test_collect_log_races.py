"""Logs that change between two of our commands, and hosts that say what no host should."""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from dataclasses import dataclass, field

import pytest
from host_logs import T0, Collected, log_of, numbers, session_of

from diagnose.collect.log_marks import fetch_since, mark
from diagnose.collect.log_times import HostTime
from diagnose.collect.log_window import fetch_window
from diagnose.hosts.session import Done, Target

NOW = HostTime(0.0, T0 + 90_000)


@dataclass
class Between:
    """A session in which something happens before the command of that number."""

    session: object
    number: int
    happens: object
    target: Target = field(default_factory=lambda: Target("local"))
    commands: int = 0

    def run(self, command, sink, **options):
        self.commands += 1
        if self.commands == self.number:
            self.happens()
        return self.session.run(command, sink, **options)

    def close(self):
        pass


def rename(log):
    log.rename(f"{log}.1")
    log.write_bytes(log_of(range(30_000, 30_100)))


def pack(log):
    log.with_name(log.name + ".1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()


def copy_and_cut(log):
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)


@pytest.mark.parametrize("rotate", [rename, pack])
@pytest.mark.parametrize("number", [2, 3, 4, 5, 6, 7])
def test_a_log_that_is_rotated_while_it_is_read_is_read_once(tmp_path, rotate, number):
    log = tmp_path / "access.log"
    log.write_bytes(log_of(range(30_000)))
    session = Between(session_of("sh", tmp_path), number, lambda: rotate(log))
    sink = Collected()
    got = fetch_window(session, str(log), T0 + 9_000, T0 + 9_100, sink, host=NOW, slack_s=0.0)
    assert numbers(sink.lines) == list(range(9_000, 9_100))
    assert got.done.ok and not got.note


@pytest.mark.parametrize("rotate", [rename, pack])
def test_what_was_written_since_a_mark_survives_a_rotation_before_it_is_read(tmp_path, rotate):
    log = tmp_path / "access.log"
    log.write_bytes(log_of(range(1000)))
    (one,) = mark(session_of("sh", tmp_path), [str(log)])
    with log.open("ab") as file:
        file.write(log_of(range(1000, 1500)))
    session = Between(session_of("sh", tmp_path), 2, lambda: rotate(log))
    sink = Collected()
    got = fetch_since(session, one, sink, host=NOW)
    assert numbers(sink.lines) == list(range(1000, 1500)) and got.done.ok


def test_a_log_that_is_cut_while_it_is_read_gives_what_is_left(tmp_path):
    log = tmp_path / "access.log"
    log.write_bytes(log_of(range(30_000)))
    session = Between(session_of("sh", tmp_path), 3, lambda: copy_and_cut(log))
    sink = Collected()
    got = fetch_window(session, str(log), T0 + 9_000, T0 + 9_100, sink, host=NOW, slack_s=0.0)
    assert set(numbers(sink.lines)) <= set(range(9_000, 9_100))
    assert numbers(sink.lines) == list(range(9_000, 9_100)) or got.note


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(500)), packer.flush()])


@dataclass
class Says:
    """A host that answers every command with the same bytes."""

    answer: bytes
    target: Target = field(default_factory=lambda: Target("local"))

    def run(self, command, sink, *, seconds=0, limit=0, stdin=b"", stop=None):
        given = 0
        for at in range(0, len(self.answer), 65_536):
            if given >= limit or (stop is not None and stop.is_set()):
                break
            sink(self.answer[at : at + 65_536])
            given += 65_536
        return Done(command, 0, bytes=given)

    def close(self):
        pass


LISTED = b"7 500000 0 - + /a.log\0" + log_of(range(30))[:2048]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x1f",
        b"\x1f\x8b broken",
        gzip.compress(b"7 99999999999999999999 0 - + ../../etc/passwd\0" * 9),
        b"\x1b]0;owned\x07\x1b[2J" * 10_000,
        bytes(range(256)) * 4000,
        LISTED,
        gzip.compress(LISTED * 3),
        b"opened\n" + log_of(range(30_000)),
        bomb(),
    ],
)
def test_whatever_a_host_says_it_breaks_nothing_and_limits_hold(answer):
    sink = Collected()
    got = fetch_window(
        Says(answer), "/a.log", T0, T0 + 100, sink, host=NOW, limit=10_000, seconds=1
    )
    assert got.bytes_plain <= 10_000 and got.bytes_plain == sum(map(len, sink.parts))
    assert all("\x1b" not in part.path for part in got.parts)
    (one,) = mark(Says(answer), ["/a.log"])
    assert fetch_since(Says(answer), one, sink, limit=10_000).bytes_plain <= 10_000

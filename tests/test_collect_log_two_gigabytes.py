"""A log of 2 GB: a minute of it is found with some kilobytes and a handful of round trips."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest
from host_logs import SHELLS, T0, Collected, clf, session_of
from own_shell import OwnShell

from diagnose.collect.log_times import HostTime
from diagnose.collect.log_window import fetch_window

SECONDS, PER_SECOND = 86_400, 290
SIZE = 2 * 10**9


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("long")
    if shutil.disk_usage(folder).free < 2 * SIZE:
        pytest.skip("4 GB of free disk are missing")
    line, stamp = clf(T0), datetime.fromtimestamp(T0, UTC).strftime("%d/%b/%Y:%H:%M:%S").encode()
    with (folder / "access.log").open("wb") as file:
        for second in range(SECONDS):
            now = datetime.fromtimestamp(T0 + second, UTC).strftime("%d/%b/%Y:%H:%M:%S").encode()
            file.write(line.replace(stamp, now) * PER_SECOND)
    yield folder / "access.log"
    shutil.rmtree(folder)


@pytest.mark.parametrize("shell", SHELLS)
def test_only_the_window_comes_over_the_wire(shell, log, tmp_path):
    assert log.stat().st_size > SIZE
    sink = Collected()
    begin_s = T0 + 50_000
    now = HostTime(0.0, T0 + SECONDS)
    host = session_of(shell, tmp_path)
    got = fetch_window(host, str(log), begin_s, begin_s + 60, sink, host=now, slack_s=0.0)
    assert len(sink.lines) == 60 * PER_SECOND
    assert (got.first_s, got.last_s) == (begin_s, begin_s + 59)
    # Without gzip it would be the window and, to find it, less than a megabyte.
    assert got.bytes_wire < got.bytes_plain / 4 and got.round_trips <= 9
    assert got.done.ok


def test_without_gzip_on_the_host_little_more_than_the_window_comes(log, tmp_path):
    links = tmp_path / "bin"
    links.mkdir()
    for name in ("ls", "date", "dd", "head", "tail", "cat"):
        (links / name).symlink_to(shutil.which(name))
    host = OwnShell(("/bin/sh", "-c"), env={"PATH": str(links)})
    sink = Collected()
    begin_s = T0 + 50_000
    got = fetch_window(host, str(log), begin_s, begin_s + 60, sink, slack_s=0.0)
    assert len(sink.lines) == 60 * PER_SECOND
    assert got.bytes_wire < got.bytes_plain + 1_000_000

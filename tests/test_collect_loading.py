"""The load that collect starts: its output is kept, and what it wrote is found by content."""

import io
import os
import sys
import time

import pytest

from diagnose.collect import loading
from diagnose.collect.progress import Progress
from diagnose.errors import UsageError
from diagnose.hosts.printable import printable
from diagnose.plugins import load

load("collectors")
STATS = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time\n"


def run(code, *more):
    out, err = [], []
    ended = loading.run_load((sys.executable, "-c", code, *more), out.append, err.append)
    return ended, b"".join(out), b"".join(err)


def test_both_streams_are_shown_and_kept_and_the_status_is_told(capfdbinary):
    ended, out, err = run("import sys; print('42 rps'); print('warm', file=sys.stderr); exit(3)")
    assert (ended.status, out, err) == (3, b"42 rps\n", b"warm\n")
    assert ended.began_s <= ended.ended_s and not ended.interrupted


def test_a_load_that_does_not_exist_is_refused_in_one_sentence():
    with pytest.raises(UsageError, match="could not be started: no-such-load-tool"):
        loading.run_load(("no-such-load-tool",), bytes, bytes)


def test_only_results_written_since_the_beginning_are_found(tmp_path):
    (tmp_path / "old.csv").write_text(STATS)
    since_s = time.time() + 3600
    for name, text in (("new.csv", STATS), ("notes.txt", "nothing of interest\n")):
        (tmp_path / name).write_text(text)

        os.utime(tmp_path / name, (since_s, since_s))
    assert [p.name for p in loading.results(tmp_path, since_s)] == ["new.csv"]


def test_what_a_host_says_cannot_write_on_the_terminal():
    out = io.StringIO()
    progress = Progress(["lb1"], out)
    progress.done("lb1", "bad \x1b[2J\x1b]0;title\x07 end\r\n", ok=False)
    assert out.getvalue() == "  ✗ lb1  bad \\x1b[2J\\x1b]0;title\\x07 end\\x0d\n"
    assert printable("größe\u202e") == "größe\\u202e"

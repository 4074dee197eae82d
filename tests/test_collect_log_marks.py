"""What was written to a log since it was marked is had to the byte, however it was rotated."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest
from host_logs import SHELLS, T0, Collected, clf, free_port, log_of, numbers, session_of

from diagnose.collect.log_marks import fetch_since, mark
from diagnose.collect.log_times import HostTime

NOW = HostTime(0.0, T0 + 90_000)


@pytest.fixture(params=SHELLS)
def host(request, tmp_path):
    return session_of(request.param, tmp_path / "busybox")


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "access.log"
    path.write_bytes(log_of(range(1000)))
    return path


def since(session, one, **options):
    sink = Collected()
    got = fetch_since(session, one, sink, host=NOW, **options)
    assert got.bytes_plain == sum(map(len, sink.parts))
    return sink.lines, got


def more(path, seconds):
    with path.open("ab") as file:
        file.write(log_of(seconds))


def test_a_log_that_only_grew_gives_what_it_grew_by(host, log):
    (one,) = mark(host, [str(log)])
    more(log, range(1000, 1500))
    lines, got = since(host, one)
    assert numbers(lines) == list(range(1000, 1500))
    assert (got.first_s, got.last_s) == (T0 + 1000, T0 + 1499)
    assert got.done.ok and not got.note and got.round_trips == 2


def test_a_log_in_which_nothing_happened_gives_nothing(host, log):
    (one,) = mark(host, [str(log)])
    lines, got = since(host, one)
    assert lines == [] and got.done.ok and not got.note


def test_a_log_that_was_renamed_is_followed(host, log):
    (one,) = mark(host, [str(log)])
    more(log, range(1000, 1500))
    log.rename(f"{log}.1")
    more(log, range(1500, 1600))
    lines, got = since(host, one)
    assert numbers(lines) == list(range(1000, 1600)) and len(got.parts) == 2


def test_a_log_that_was_renamed_twice_and_packed_is_followed(host, log):
    old = log.with_name("access.log.1")
    old.write_bytes(log_of(range(-1000, 0)))
    os.utime(old, (T0, T0))
    (one,) = mark(host, [str(log)])
    more(log, range(1000, 1500))
    (log.parent / "access.log.3.gz").write_bytes(gzip.compress(old.read_bytes()))
    os.utime(log.parent / "access.log.3.gz", (T0, T0))
    (log.parent / "access.log.2.gz").write_bytes(gzip.compress(log.read_bytes()))
    old.unlink()
    log.unlink()
    old.write_bytes(log_of(range(1500, 1600)))
    more(log, range(1600, 1700))
    lines, _ = since(host, one)
    assert numbers(lines) == list(range(1000, 1700))


def test_a_log_that_was_copied_and_cut_is_followed(host, log):
    (one,) = mark(host, [str(log)])
    more(log, range(1000, 1500))
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    more(log, range(1500, 1600))
    lines, _ = since(host, one)
    assert numbers(lines) == list(range(1000, 1600))


def test_a_log_that_was_cut_and_has_outgrown_its_mark_is_not_taken_for_the_same(host, log):
    (one,) = mark(host, [str(log)])
    more(log, range(1000, 1100))
    os.truncate(log, 0)
    more(log, range(1100, 4000))
    lines, got = since(host, one)
    assert numbers(lines) == list(range(1100, 4000))
    assert "is gone" in got.note


def test_a_log_that_began_after_the_mark_is_taken_whole(host, tmp_path):
    (one,) = mark(host, [str(tmp_path / "access.log")])
    assert one.inode == 0
    more(tmp_path / "access.log", range(100))
    lines, _ = since(host, one)
    assert numbers(lines) == list(range(100))


def test_a_log_that_was_empty_is_followed_by_its_inode(host, tmp_path):
    log = tmp_path / "access.log"
    log.touch()
    (one,) = mark(host, [str(log)])
    more(log, range(100))
    log.rename(f"{log}.1")
    more(log, range(100, 200))
    lines, _ = since(host, one)
    assert numbers(lines) == list(range(200))


def test_a_line_that_was_being_written_at_the_mark_is_left_out(host, log):
    torn = clf(T0 + 1000, "1000-0")
    with log.open("ab") as file:
        file.write(torn[:20])
        file.flush()
        (one,) = mark(host, [str(log)])
        file.write(torn[20:])
    more(log, range(1001, 1100))
    lines, _ = since(host, one)
    assert numbers(lines) == list(range(1001, 1100))


def test_several_logs_are_marked_in_one_round_trip(host, tmp_path):
    paths = [tmp_path / name for name in ("a [1].log", "b.log", "missing.log")]
    for path in paths[:2]:
        path.write_bytes(log_of(range(10)))
    marks = mark(host, [str(path) for path in paths])
    assert [m.size for m in marks] == [paths[0].stat().st_size] * 2 + [0]
    assert [m.inode for m in marks][:2] == [path.stat().st_ino for path in paths[:2]]
    more(paths[0], range(10, 20))
    assert numbers(since(host, marks[0])[0]) == list(range(10, 20))


def test_the_limit_holds(host, log):
    (one,) = mark(host, [str(log)])
    more(log, range(1000, 30_000))
    lines, got = since(host, one, limit=100_000)
    assert got.truncated and got.bytes_plain <= 100_000
    assert numbers(lines) == list(range(1000, 1000 + len(lines)))


CONF = """
daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log info;
events {{ worker_connections 64; }}
http {{
  access_log {root}/access.log;
  client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
  uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "fine"; }} }}
}}
"""


def test_a_nginx_that_reopens_its_log_in_the_middle_loses_no_request(tmp_path):
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    port, log = free_port(), tmp_path / "access.log"
    tmp_path.chmod(0o755)
    (tmp_path / "nginx.conf").write_text(CONF.format(root=tmp_path, port=port))
    command = ["nginx", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log"]
    with subprocess.Popen(command) as server:
        try:
            host, url = session_of("sh", tmp_path), f"http://127.0.0.1:{port}"
            _ask(url, "before")
            (one,) = mark(host, [str(log)])
            asked = 0
            while asked < 1000 and not (log.with_name("access.log.1").exists() and lines_in(log)):
                if asked == 20:
                    log.rename(f"{log}.1")  # nginx writes on into it
                elif asked == 40:
                    server.send_signal(signal.SIGUSR1)
                _ask(url, f"{asked}-0")
                asked += 1
            lines, got = since(host, one, limit=1 << 20)
        finally:
            server.terminate()
    assert numbers(lines) == list(range(asked)) and len(got.parts) == 2


def _ask(url, what):
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{url}/{what}", timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx does not answer")


def lines_in(log):
    return log.exists() and log.read_bytes().count(b"\n")

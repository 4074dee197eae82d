"""All logs of a component: found where its configuration puts them, and had to the line."""

from __future__ import annotations

import getpass
import gzip
import os
import shutil
import signal
import subprocess
import time
import urllib.request

import pytest
from host_logs import T0, free_port, log_of, numbers
from own_shell import OwnShell

from diagnose.collect import logs
from diagnose.collect.keeper import Keeper
from diagnose.collect.logs import Clock
from diagnose.collect.plan import Part
from diagnose.collect.window import Span
from diagnose.hosts.session import Target
from diagnose.ingest import ingest
from diagnose.manifest import Manifest
from diagnose.places import Place
from diagnose.rundir import RunDirectory
from diagnose.topology import Settings

CONF = """
daemon off; user {user}; worker_processes 1; pid {root}/pid; error_log {root}/logs/error.log info;
events {{ worker_connections 64; }}
http {{
  log_format timed '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "-" "-"';
  access_log {root}/logs/access.log timed;
  client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
  uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "fine"; }}
    location /own {{
      root {root}; access_log {root}/logs/$host.own.log timed; return 200 "own"; }} }}
}}
"""


@pytest.fixture
def keeper(tmp_path):
    (tmp_path / "run" / "raw").mkdir(parents=True)
    return Keeper(tmp_path / "run", Manifest(tmp_path / "run"), 1 << 24)


def taken(keeper, component="lb"):
    """The raw files of a component, by name."""
    folder = keeper.run / "raw" / component
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def entries(keeper):
    return {entry.file: entry for entry in keeper.manifest.files}


def at(begin, end):
    return Span(T0 + begin, T0 + end, "as the test says")


class Nginx:
    """A real one, whose `nginx -T` is what a host has."""

    def __init__(self, root):
        self.root, self.port = root, free_port()
        self.logs, self.conf = root / "logs", root / "nginx.conf"
        self.logs.mkdir()
        self.logs.chmod(0o777)  # a worker opens logs with variables in their names itself
        root.chmod(0o755)
        self.conf.write_text(CONF.format(root=root, port=self.port, user=getpass.getuser()))
        program = shutil.which("nginx")
        (root / "bin").mkdir()
        wrapper = root / "bin" / "nginx"
        wrapper.write_text(f'#!/bin/sh\nexec {program} -c {self.conf} -e /dev/null "$@"\n')
        wrapper.chmod(0o755)
        self.session = OwnShell(env={"PATH": f"{root}/bin:{os.environ['PATH']}", "HOME": str(root)})
        self.server = subprocess.Popen([wrapper])

    def ask(self, path, times=1):
        for _ in range(times):
            for left in range(100, 0, -1):
                try:
                    url = f"http://127.0.0.1:{self.port}/{path}"
                    urllib.request.urlopen(url, timeout=5).close()
                    break
                except OSError:
                    assert left > 1
                    time.sleep(0.05)

    def reopen(self, name):
        self.server.send_signal(signal.SIGUSR1)
        end_s = time.monotonic() + 20
        while not (self.logs / name).exists():
            assert time.monotonic() < end_s
            time.sleep(0.02)


@pytest.fixture
def nginx(tmp_path):
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    (tmp_path / "nginx").mkdir()
    one = Nginx(tmp_path / "nginx")
    try:
        one.ask("")
        yield one
    finally:
        one.server.terminate()
        one.server.wait()


def test_what_nginx_logged_since_the_mark_is_had_though_it_was_rotated_and_packed(nginx, keeper):
    part = Part("lb", "lb", Place("lb"))
    nginx.ask("before", 20)
    marked = logs.mark(nginx.session, part)
    assert {log.file for log in marked.logs.found} >= {"access.log", "error.log"}
    nginx.ask("during", 30)
    access = nginx.logs / "access.log"
    access.rename(nginx.logs / "access.log.1")
    nginx.ask("during", 10)  # it writes on into the renamed one
    nginx.reopen("access.log")
    nginx.ask("during", 5)
    old = nginx.logs / "access.log.1"
    (nginx.logs / "access.log.2.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    nginx.ask("own", 3)
    logs.since(nginx.session, marked, part, keeper, Clock())
    found = taken(keeper)
    assert found["access.log"].count(b"\n") == found["access.log"].count(b"GET /during ") == 45
    assert found["127.0.0.1.own.log"].count(b"GET /own ") == 3
    assert b"before" not in found["access.log"]
    entry = entries(keeper)["access.log"]
    assert entry.collector == "nginx_access" and "access.log.2.gz from byte" in entry.command
    assert "its configuration" in entry.command and not entry.why
    read = {s.path: s.kind for s in ingest(RunDirectory.open(keeper.run), Settings()).sources}
    assert read["raw/lb/access.log"] == "nginx_access"


def test_a_log_in_which_nothing_happened_stands_empty(nginx, keeper):
    part = Part("lb", "lb", Place("lb"))
    (nginx.logs / "error.log").write_bytes(b"")
    marked = logs.mark(nginx.session, part)
    logs.since(nginx.session, marked, part, keeper, Clock())
    assert taken(keeper)["error.log"] == b""
    assert not [e for e in keeper.manifest.failures if e.file == "error.log"]


def test_declared_logs_are_cut_to_the_window_by_the_host_s_clock(tmp_path, keeper):
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in ("app.log", "worker.log"):
        (folder / name).write_bytes(log_of(range(0, 4000)))
        (folder / f"{name}.1").write_bytes(log_of(range(-4000, 0)))
    place = Place("app", logs=(f"{folder}/*.log", f"{folder}/gone.log"))
    part, clock = Part("app", "router", place), Clock(offset_s=37.0)
    logs.window(OwnShell(), part, at(1000, 1100), keeper, clock)
    found = taken(keeper, "app")
    assert sorted(found) == ["app.log", "worker.log"]
    seconds = numbers(found["app.log"].splitlines())
    assert seconds[0] <= 1037 < 1136 <= seconds[-1] and len(seconds) <= 125
    (failure,) = keeper.manifest.failures
    assert failure.file.endswith("gone.log") and failure.why == "there is no such file"
    assert failure.how


def test_what_was_begun_after_the_mark_is_had_whole_and_once(tmp_path, keeper):
    (tmp_path / "a.log").write_bytes(log_of(range(10)))
    part = Part("app", "router", Place("app", logs=(f"{tmp_path}/*.log",)))
    marked = logs.mark(OwnShell(), part)
    with (tmp_path / "a.log").open("ab") as file:
        file.write(log_of(range(10, 20)))
    (tmp_path / "b.log").write_bytes(log_of(range(20, 30)))
    for _ in range(2):
        logs.since(OwnShell(), marked, part, keeper, Clock())
    found = taken(keeper, "app")
    assert numbers(found["a.log"].splitlines()) == list(range(10, 20))
    assert numbers(found["b.log"].splitlines()) == list(range(20, 30))


def test_names_of_a_host_lead_nowhere(tmp_path, keeper):
    folder = tmp_path / "logs"
    (folder / "x..").mkdir(parents=True)
    odd = (b"x..\n\x1b[2J.log", b"\xff\xfe.log", b"a;touch pwned;.log", b"$(touch pwned).log")
    for i, name in enumerate(odd):
        (folder / os.fsdecode(name)).write_bytes(log_of(range(100 * i, 100 * i + 50)))
    (folder / "x.." / "same.log").write_bytes(log_of(range(900, 950)))
    (folder / "same.log").write_bytes(log_of(range(800, 850)))
    part = Part("app", "router", Place("app", logs=(f"{folder}/*.log", f"{folder}/*/*.log")))
    before = sorted(os.listdir(tmp_path))
    logs.window(OwnShell(), part, at(0, 1000), keeper, Clock())
    found = taken(keeper, "app")
    sizes = [len(log_of(range(50))), *[len(log_of(range(100, 150)))] * 5]
    assert sorted(map(len, found.values())) == sizes
    assert all(name.isprintable() and not name.startswith(".") for name in found)
    assert {"same.log", "same-2.log"} <= set(found)
    assert sorted(os.listdir(tmp_path)) == before and not list(tmp_path.rglob("pwned"))


def test_a_sparse_file_of_ten_gigabytes_and_an_endless_line_are_bounded(tmp_path, keeper):
    with (tmp_path / "hole.log").open("wb") as file:
        file.write(log_of(range(100)))
        file.truncate(10 << 30)
    keeper.limit_bytes = 1 << 20
    part = Part("app", "router", Place("app", logs=(f"{tmp_path}/hole.log",)))
    logs.window(OwnShell(), part, at(10, 20), keeper, Clock())
    got = taken(keeper, "app").get("hole.log", b"")
    assert len(got) <= 1 << 20 and numbers(got.splitlines()[:5])[0] <= 10


def test_a_log_that_may_not_be_read_says_what_to_do(tmp_path, keeper):
    if os.geteuid() != 0 or shutil.which("runuser") is None:
        pytest.skip("runuser, or being root, is missing")
    from host_logs import open_folder

    nobody = OwnShell(("runuser", "-u", "nobody", "--", "sh", "-c"), target=Target("local"))
    with open_folder() as folder:
        (folder / "app.log").write_bytes(log_of(range(100)))
        (folder / "app.log").chmod(0o600)
        part = Part("app", "router", Place("app", logs=(f"{folder}/app.log",)))
        marked = logs.mark(nobody, part)
        assert not marked.marks
        logs.since(nobody, marked, part, keeper, Clock())
    (failure,) = keeper.manifest.failures
    assert "permission denied" in failure.why and "sudo = true" in failure.how


def test_a_host_that_answers_nothing_has_no_logs_and_raises_nothing(keeper):
    part = Part("lb", "lb", Place("lb", logs=("/var/log/a.log",)))
    dead = OwnShell(("false",))
    marked = logs.mark(dead, part)
    logs.since(dead, marked, part, keeper, Clock())
    assert [e.why for e in keeper.manifest.failures] == ["they could not be looked for"]

"""A real Redis and a real HAProxy, sampled by the recorder as `diagnose collect` does."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from host_logs import free_port
from own_shell import OwnShell
from reading import FIXTURES, kind_of, read, sample, write

from diagnose.collect.loops import Loop, Recording
from diagnose.collect.plan import Part, plan
from diagnose.places import Place

WITHIN_S = 20.0
HAPROXY = """
global
  maxconn 200
  stats socket {root}/admin.sock level user
defaults
  mode http
  timeout client 20s
  timeout server 20s
  timeout connect 2s
  timeout queue 20s
frontend web
  bind 127.0.0.1:{port}
  default_backend api
frontend stats
  bind 127.0.0.1:{stats}
  stats enable
  stats uri /stats
backend api
  server app1 127.0.0.1:{app} maxconn 1
"""


def wait_for(port: int) -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens on {port}")


def sampled(file: str, role: str, place: Place, folder: Path, env: dict, seconds: float = 2.5):
    """What the recorder gets of one fetch, and what the host answered."""
    (asked,) = (a for a in plan((Part("x", role, place),)).asked if a.fetch.file == file)
    recording = Recording.of(Loop((asked,)), lambda _: folder, 1 << 22)
    recording.run(OwnShell(env={**os.environ, **env}), interval_s=0.5, seconds=seconds)
    recording.close()
    return folder / f"{file}.gz", recording.answers[0]


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """A port, and an environment in which `redis-cli` asks there."""
    program, client = shutil.which("redis-server"), shutil.which("redis-cli")
    if program is None or client is None:
        pytest.skip("redis-server is not installed")
    root, port = tmp_path_factory.mktemp("redis"), free_port()
    options = ["--port", str(port), "--dir", str(root), "--save", "", "--maxclients", "77"]
    options += ["--maxmemory", "8mb", "--bind", "127.0.0.1"]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        wrapper = root / "redis-cli"
        wrapper.write_text(f'#!/bin/sh\nexec {client} -p {port} "$@"\n')
        wrapper.chmod(0o755)
        yield port, {"PATH": f"{root}:{os.environ['PATH']}"}
    finally:
        server.terminate()
        server.wait()


def ask_redis(port: int, times: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 5) as one:
        one.sendall(b"GET nothing\r\n" * times)
        got = b""
        while got.count(b"$-1") < times:
            got += one.recv(65_536)


def test_redis_tells_what_it_did_meanwhile(redis, tmp_path):
    port, env = redis
    timer = threading.Timer(1.0, ask_redis, (port, 500))
    timer.start()
    path, answer = sampled("redis_info.txt", "cache", Place("local"), tmp_path, env)
    timer.join()
    assert answer.state == "y" and kind_of(path) == "redis_info"
    reading, bad = read(path, "redis_info")
    misses = sample(reading, "cache.misses_per_s").values
    assert bad.count == 0 and misses.size >= 3 and misses[-1] - misses[0] == 500
    assert sample(reading, "cache.commands_per_s").values[-1] >= 500
    assert np.all(np.diff(sample(reading, "cache.thread_busy_ratio").values) >= 0)
    limits = {limit.name: limit.value for limit in reading.limits}
    assert limits == {"cache.max_connections": 77, "cache.max_memory_bytes": 8 * 2**20}


def test_a_redis_that_asks_for_a_password_is_a_failure_with_a_way_out(redis, tmp_path):
    port, env = redis
    client = ["redis-cli", "-p", str(port)]
    subprocess.run(
        [*client, "CONFIG", "SET", "requirepass", "hunter2"], check=True, stdout=subprocess.DEVNULL
    )
    try:
        _, answer = sampled("redis_info.txt", "cache", Place("local"), tmp_path, env, 0.6)
        again, allowed = sampled(
            "redis_info.txt",
            "cache",
            Place("local"),
            tmp_path,
            env | {"REDISCLI_AUTH": "hunter2"},
            0.6,
        )
    finally:
        words = ["-a", "hunter2", "CONFIG", "SET", "requirepass", ""]
        subprocess.run([*client, *words], check=True, capture_output=True)
    assert answer.state == "n" and "NOAUTH" in answer.why and "REDISCLI_AUTH" in answer.fetch.enable
    assert allowed.state == "y" and again.exists()


class Slow(BaseHTTPRequestHandler):
    """An application that takes its time."""

    def do_GET(self):
        time.sleep(0.15)
        self.send_response(500 if "fail" in self.path else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def haproxy(tmp_path_factory):
    """(port, port of statistics, socket)."""
    program = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("haproxy is not installed")
    root, port, stats = tmp_path_factory.mktemp("haproxy"), free_port(), free_port()
    app = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=app.serve_forever, daemon=True).start()
    conf = HAPROXY.format(root=root, port=port, stats=stats, app=app.server_port)
    (root / "haproxy.cfg").write_text(conf)
    server = subprocess.Popen([program, "-db", "-f", root / "haproxy.cfg"],
                              stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        wait_for(port)
        yield port, stats, root / "admin.sock"
    finally:
        server.terminate()
        server.wait()
        app.shutdown()
        app.server_close()


def ask_haproxy(port: int, path: str) -> None:
    with suppress(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=15).close()


@pytest.fixture
def load(haproxy):
    """Twelve requests, some of which the server fails, while others wait."""
    paths = ["fine"] * 9 + ["fail"] * 3
    threads = [threading.Timer(0.8, ask_haproxy, (haproxy[0], path)) for path in paths]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def told(reading, metric, part):
    values = sample(reading, metric, part).values
    return values[-1] - values[0], values.max()


def test_haproxy_tells_of_its_queue_by_its_socket(haproxy, load, tmp_path):
    if shutil.which("socat") is None and shutil.which("nc") is None:
        pytest.skip("socat is not installed")
    env = {"HAPROXY_SOCKET": str(haproxy[2]), "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    path, answer = sampled("haproxy_stats.txt", "lb", Place("local"), tmp_path, env, 4.0)
    assert answer.state == "y", answer.why
    assert kind_of(path) == "haproxy_stats"
    reading, bad = read(path, "haproxy_stats")
    assert bad.count == 0
    rise, _ = told(reading, "haproxy.sessions_per_s", "web/FRONTEND")
    failed, _ = told(reading, "haproxy.answers_5xx_per_s", "web/FRONTEND")
    assert (rise, failed) == (12, 3)
    assert told(reading, "haproxy.queue", "api/BACKEND")[1] >= 3
    assert sample(reading, "haproxy.connections").values.max() >= 5
    limits = {(limit.name, limit.part): limit.value for limit in reading.limits}
    assert limits["haproxy.max_connections", ""] == 200
    assert limits["haproxy.max_sessions", "api/app1"] == 1


def test_haproxy_tells_the_same_by_its_page_of_statistics(haproxy, tmp_path):
    place = Place("local", status_url=f"http://127.0.0.1:{haproxy[1]}/stats;csv")
    asked = [
        a for a in plan((Part("x", "lb", place),)).asked if a.fetch.file == "haproxy_stats.txt"
    ]
    assert asked[0].variables == {"STATUS_URL": place.status_url}
    env = {"PATH": f"{os.environ['PATH']}:/usr/sbin", **asked[0].variables}
    path, answer = sampled("haproxy_stats.txt", "lb", place, tmp_path, env, 1.2)
    assert answer.state == "y", answer.why
    reading, bad = read(path, "haproxy_stats")
    assert bad.count == 0 and sample(reading, "haproxy.queue", "api/BACKEND").values.size >= 2


# What such servers printed, kept


@pytest.mark.parametrize("kind, least", [("redis_info", 8), ("haproxy_stats", 20)])
def test_a_lone_output_and_a_torn_one_are_read(kind, least, tmp_path):
    (path,) = (FIXTURES / kind).iterdir()
    whole, bad = read(path, kind)
    assert bad.count == 0 and len(whole.samples) >= least and kind_of(path) == kind
    lines = path.read_text().splitlines()
    lone = write(tmp_path, "\n".join(lines[1 : next(
        i for i, line in enumerate(lines[1:], 1) if line.startswith("# 17"))]) + "\n")  # fmt: skip
    assert kind_of(lone) == kind
    reading, bad = read(lone, kind)
    assert bad.count == 0 and np.isnan(reading.samples[0].at_s).all()
    torn, torn_bad = read(write(tmp_path, path.read_bytes()[:-30], "torn"), kind)
    assert torn.samples and torn_bad.count <= 1


def test_neither_takes_what_looks_alike(tmp_path):
    for text in ("a:1\nb:2\n", "# pxname svname\n1,2,3\n", "used_memory: much\nthis is no INFO\n"):
        assert kind_of(write(tmp_path, text)) not in ("redis_info", "haproxy_stats")

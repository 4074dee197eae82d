"""A real nginx: its log, its errors and its status are what our readers take them for."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from reading import kind_of, read, sample

if shutil.which("nginx") is None:
    pytest.skip("nginx is not installed", allow_module_level=True)

CONF = """
daemon off; worker_processes 1; pid {root}/nginx.pid; error_log {root}/error.log info;
events {{ worker_connections 64; }}
http {{
  log_format timed '$remote_addr [$time_local] "$request" $status $body_bytes_sent '
                   'rt=$request_time urt="$upstream_response_time" us="$upstream_status" '
                   'ua="$upstream_addr" msec=$msec';
  access_log {root}/access.log timed;
  client_body_temp_path {root}/t1; proxy_temp_path {root}/t2; fastcgi_temp_path {root}/t3;
  uwsgi_temp_path {root}/t4; scgi_temp_path {root}/t5;
  limit_req_zone $binary_remote_addr zone=calm:1m rate=1r/s;
  upstream app {{ server 127.0.0.1:{dead}; server 127.0.0.1:{port}; }}
  server {{
    listen 127.0.0.1:{port};
    location /ok {{ return 200 "fine"; }}
    location /two {{ proxy_pass http://app/ok; }}
    location /limited {{ limit_req zone=calm; proxy_pass http://127.0.0.1:{port}/ok; }}
    location /gone {{ proxy_pass http://127.0.0.1:{dead}/; }}
    location = /status {{ access_log off; stub_status; }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(scope="module")
def nginx(tmp_path_factory):
    """A folder with what nginx wrote of two dozen requests, and its status before and after."""
    root, port, dead = tmp_path_factory.mktemp("nginx"), free_port(), free_port()
    for folder in (root, root.parent):
        folder.chmod(0o755)
    (root / "nginx.conf").write_text(CONF.format(root=root, port=port, dead=dead))
    server = subprocess.Popen(["nginx", "-c", root / "nginx.conf", "-e", root / "error.log"])
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(base)
        statuses = [_status(base)]
        for path in ["/ok"] * 10 + ["/two"] * 4 + ["/gone"] * 2:
            get(f"{base}{path}?secret=hunter2")
        for _ in range(6):
            get(f"{base}/limited")
        statuses.append(_status(base))
        (root / "status.txt").write_text("".join(statuses))
    finally:
        server.terminate()
        server.wait(10)
    return root


def _wait_for(base: str) -> None:
    for _ in range(100):
        try:
            get(f"{base}/status")
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("nginx did not start")


def _status(base: str) -> str:
    with urllib.request.urlopen(f"{base}/status", timeout=5) as answer:
        return f"# {time.time():.3f}\n{answer.read().decode()}"


def counted(reading, slug: str) -> int:
    (found,) = [o for o in reading.occurrences if o.metric == f"message.nginx.{slug}_per_s"]
    return int(found.at_s.size)


def test_the_access_log_is_read_by_the_format_of_its_configuration(nginx: Path):
    assert kind_of(nginx / "nginx.conf") == "nginx_conf"
    conf, _ = read(nginx / "nginx.conf", "nginx_conf")
    formats = {f.part: f.value for f in conf.facts if f.name == "nginx.log_format"}
    for context in ({"log_formats": formats}, {}):
        assert kind_of(nginx / "access.log") == "nginx_access"
        reading, bad = read(nginx / "access.log", "nginx_access", **context)
        (requests,) = reading.requests
        lines = (nginx / "access.log").read_text().count("\n")
        assert requests.ended_s.size == lines and bad.count == 0
        assert (requests.duration_s >= 0).all()
        assert np.nansum(requests.status == 502) == 2
        assert np.nansum(requests.status == 503) == 5
        assert "hunter2" not in str(requests.route)


def test_a_request_that_was_tried_twice_has_both_tries(nginx: Path):
    reading, _ = read(nginx / "access.log", "nginx_access")
    assert np.nanmax(reading.requests[0].tries) == 2


def test_the_error_log_speaks_the_messages_that_rules_wait_for(nginx: Path):
    assert kind_of(nginx / "error.log") == "nginx_error"
    reading, bad = read(nginx / "error.log", "nginx_error")
    assert bad.count == 0
    assert counted(reading, "connect_refused") >= 3
    assert counted(reading, "limiting_requests") == 5
    assert counted(reading, "worker_connections_not_enough") == 0


def test_the_status_counts_what_was_asked(nginx: Path):
    assert kind_of(nginx / "status.txt") == "nginx_stub_status"
    reading, bad = read(nginx / "status.txt", "nginx_stub_status")
    rise = np.diff(sample(reading, "nginx.requests_per_s").values)
    assert rise[0] >= 22 and bad.count == 0

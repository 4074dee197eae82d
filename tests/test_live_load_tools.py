"""Real load tools against a small server: what is read agrees with the server's own count."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from reading import kind_of, read

PACKAGES = {"ab": "apache2-utils", "siege": "siege", "httperf": "httperf", "hey": "hey"}
PACKAGES |= {"wrk": "wrk"}
FAILS_EACH = 5  # /flaky answers 503 to every fifth request
SIEGE = "verbose = true\ncolor = off\ncsv = true\ntimestamp = true\njson_output = false\n"
LOCUST = """
from locust import FastHttpUser, constant, task

class Visitor(FastHttpUser):
    wait_time = constant(0.02)

    @task
    def flaky(self):
        self.client.get("/flaky")
"""


class Counting(ThreadingHTTPServer):
    """Counts its answers by status."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.counted, self.lock, self.asked = Counter(), threading.Lock(), 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/flaky"

    def handle_error(self, request, client_address):
        """A tool that hangs up when its time is over is no error."""


class Answers(BaseHTTPRequestHandler):
    """One small page."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer

    def do_GET(self):
        with self.server.lock:
            self.server.asked += 1
            status = 503 if self.server.asked % FAILS_EACH == 0 else 200
        self.send_response(status)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"page\n")
        self.wfile.flush()
        with self.server.lock:
            self.server.counted[status] += 1

    def log_message(self, *args):
        """Nothing: the tools' own words are what is tested."""


@pytest.fixture
def server():
    """A server that is asked by one tool."""
    made = Counting()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


@pytest.fixture
def ran(tmp_path):
    """Runs a tool, its output into files of a folder."""

    def run(tool, *args, out="out.txt", err="err.txt"):
        if tool in PACKAGES and shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (Debian: {PACKAGES[tool]})")
        (tmp_path / "home").mkdir(exist_ok=True)
        env = os.environ | {"HOME": str(tmp_path / "home"), "LC_ALL": "C"}
        with (tmp_path / out).open("wb") as stdout, (tmp_path / err).open("wb") as stderr:
            command = [tool, *map(str, args)]
            subprocess.run(
                command,
                stdout=stdout,
                stderr=stderr,
                cwd=tmp_path,
                env=env,
                timeout=20,
                check=False,
            )
        return tmp_path

    return run


def total_of(path: Path, kind: str):
    """The one load of a file, its totals, and its counts of errors."""
    assert kind_of(path) == kind, path.read_text(errors="replace")[:2000]
    reading, bad = read(path, kind)
    assert bad.count == 0, bad.kept
    (load,) = reading.loads
    return load, load.totals[0], {e.text: e.count for e in load.errors}


def agrees(total, server) -> None:
    """Exactly: every request that was answered is counted, and every 503 is a failure."""
    assert total.requests == sum(server.counted.values())
    assert total.failures == server.counted[503]


def nearly(total, server, in_flight: int) -> None:
    """But for the requests that were under way when the time was over."""
    assert 0 <= sum(server.counted.values()) - total.requests <= in_flight
    assert 0 <= server.counted[503] - total.failures <= in_flight
    assert total.requests > 50


def test_ab_counts_what_the_server_counted(server, ran):
    root = ran("ab", "-l", "-c", 4, "-n", 300, "-g", "rows.tsv", "-e", "p.csv", server.url)
    load, total, errors = total_of(root / "out.txt", "ab_summary")
    agrees(total, server)
    assert total.users == 4 and load.open_model is False and sum(errors.values()) == 60
    _, rows, _ = total_of(root / "rows.tsv", "ab_gnuplot")
    assert rows.requests == total.requests  # -g has no statuses
    assert rows.p95_s == pytest.approx(total.p95_s, abs=0.0011)  # whole milliseconds
    assert kind_of(root / "p.csv") == "ab_percentiles"


def test_siege_counts_what_the_server_counted(server, ran, tmp_path):
    (tmp_path / "rc").write_text(SIEGE)
    root = ran("siege", "-R", "rc", "-b", "-v", "-c", 3, "-r", 40, server.url)
    _, total, errors = total_of(root / "err.txt", "siege_summary")
    agrees(total, server)
    _, rows, errors = total_of(root / "out.txt", "siege_requests")
    agrees(rows, server)
    assert errors == {"status 503": server.counted[503]}


def test_httperf_counts_what_the_server_counted(server, ran):
    where = ("--server", "127.0.0.1", "--port", server.server_port, "--uri", "/flaky")
    root = ran("httperf", "--hog", *where, "--rate", 100, "--num-conns", 150, "--timeout", 5)
    load, total, _ = total_of(root / "out.txt", "httperf")
    agrees(total, server)
    assert load.open_model is True and total.offered_per_s == pytest.approx(100, rel=0.1)


def test_hey_counts_what_the_server_counted(server, ran):
    root = ran("hey", "-n", 200, "-c", 4, server.url)
    _, total, errors = total_of(root / "out.txt", "hey_summary")
    agrees(total, server)
    assert errors == {"status 503": 40}
    server.counted.clear()
    root = ran("hey", "-n", 200, "-c", 4, "-o", "csv", server.url, out="rows.csv")
    _, rows, errors = total_of(root / "rows.csv", "hey_requests")
    agrees(rows, server)


def test_wrk_counts_what_the_server_counted(server, ran):
    root = ran("wrk", "-t", 1, "-c", 4, "-d", "1s", "--latency", server.url)
    _, total, _ = total_of(root / "out.txt", "wrk")
    nearly(total, server, 4)
    assert total.users == 4 and total.p50_s < total.p99_s <= total.max_s


if shutil.which("vegeta"):  # no Debian package has it: it is tried where somebody put it

    def test_vegeta_counts_what_the_server_counted(server, ran, tmp_path):
        (tmp_path / "targets").write_text(f"GET {server.url}\n")
        root = ran("vegeta", "attack", "-rate=100", "-duration=1s", "-targets=targets", out="r.gob")
        load, total, errors = total_of(root / "r.gob", "vegeta_gob")
        agrees(total, server)
        assert load.open_model is True and errors == {"status 503": server.counted[503]}


def test_locust_counts_what_the_server_counted(server, ran, tmp_path):
    if find_spec("locust") is None:  # not imported: it patches the sockets of this process
        pytest.skip("locust is not installed (pip install locust)")
    (tmp_path / "locustfile.py").write_text(LOCUST)
    host = server.url.removesuffix("/flaky")
    args = ("-f", "locustfile.py", "--headless", "-u", 4, "-r", 4, "-t", "2s", "--host", host)
    root = ran(sys.executable, "-m", "locust", *args, "--csv", "l", "--csv-full-history")
    said = (root / "out.txt").read_text() + (root / "err.txt").read_text()
    (root / "said.txt").write_text(said)
    assert kind_of(root / "said.txt") == "locust_log"
    (load,) = read(root / "said.txt", "locust_log")[0].loads
    nearly(next(t for t in load.totals if not t.route), server, 4)
    assert kind_of(root / "l_stats.csv") == "locust_stats"  # up to a second behind
    assert kind_of(root / "l_stats_history.csv") == "locust_history"


@pytest.fixture
def nobody():
    """A port that is held and refuses: nobody listens on it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


REFUSED = {
    "ab": (("-c", 2, "-n", 10, "{url}"), "err.txt", "ab_summary"),
    "hey": (("-n", 10, "-c", 2, "{url}"), "out.txt", "hey_summary"),
    "wrk": (("-t", 1, "-c", 2, "-d", "1s", "{url}"), "err.txt", "wrk"),
    "siege": (("-R", "rc", "-c", 2, "-r", 5, "-b", "{url}"), "err.txt", "siege_summary"),
}


@pytest.mark.parametrize("tool", REFUSED)
def test_where_nobody_listens_each_tool_is_heard_to_say_refused(tool, ran, nobody, tmp_path):
    (tmp_path / "rc").write_text(SIEGE)
    args, name, kind = REFUSED[tool]
    url = f"http://127.0.0.1:{nobody}/"
    root = ran(tool, *(str(arg).format(url=url) for arg in args))
    assert kind_of(root / name) == kind
    reading, _ = read(root / name, kind)
    assert {e.kind for load in reading.loads for e in load.errors} == {"refused"}

"""A real Prometheus is asked what it scraped of a real node_exporter, and of hours long gone."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from reading import read, sample

from diagnose.analyze import analyze
from diagnose.collect.prometheus import MOST_POINTS, Batch, batches, clock_offset_s, pull
from diagnose.collect.prometheus_http import Server
from diagnose.hosts.session import HostError
from diagnose.places import Place, place
from diagnose.plugins import COLLECTORS

WITHIN_S = 30.0
SERIES = COLLECTORS["prometheus"].series
LONG_AGO = 30_000  # samples of a host that is gone, one a second
BURNS_S = 3.0


class Watched(NamedTuple):
    """A Prometheus, the instance that it scrapes, and when that burnt processor time."""

    url: str
    instance: str
    burnt: tuple[float, float]
    long_ago: float  # when the history of "gone:9100" begins


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(*command: str) -> Iterator[None]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, **quiet)
    try:
        yield
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()


def wait_for(url: str, what: bytes = b"") -> None:
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as reply:
            if what in reply.read():
                return
        time.sleep(0.1)
    raise AssertionError(f"waited in vain for {url}")


def history(root: Path) -> float:
    """Blocks of a host that is gone: its load is the number of the second."""
    began = float(int(time.time()) - LONG_AGO - 3600)
    text = root / "history.txt"
    rows = (
        f'node_load1{{instance="gone:9100",job="node"}} {i} {began + i:.0f}\n'
        for i in range(LONG_AGO)
    )
    text.write_text("# TYPE node_load1 gauge\n" + "".join(rows) + "# EOF\n")
    make = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(text), str(root / "data")]
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    return began


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    for program in ("prometheus", "promtool", "prometheus-node-exporter"):
        if not shutil.which(program):
            pytest.skip(
                f"{program} is not installed: Debian's prometheus, prometheus-node-exporter"
            )
    root = tmp_path_factory.mktemp("prometheus")
    server, node = (f"127.0.0.1:{free_port()}" for _ in range(2))
    long_ago = history(root)
    (root / "config.json").write_text(
        json.dumps(
            {
                "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms"},
                "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [node]}]}],
            }
        )
    )
    store = f"--storage.tsdb.path={root / 'data'}"
    with (
        running("prometheus-node-exporter", f"--web.listen-address={node}"),
        running(
            "prometheus", f"--config.file={root / 'config.json'}", store,
            f"--web.listen-address={server}",
        ),
    ):  # fmt: skip
        wait_for(f"http://{server}/api/v1/query?query=up", b'"1"')
        began = time.time()
        while time.time() < began + BURNS_S:
            sum(i * i for i in range(10_000))
        time.sleep(1.0)
        yield Watched(f"http://{server}", node, (began, began + BURNS_S), long_ago)


def told_by(watched: Watched, **keys: object) -> tuple[Server, Place]:
    return Server(watched.url), place("lb1", {"prometheus": watched.url, **keys})


def pulled(server: Server, batch: Batch, path: Path) -> Path:
    parts: list[bytes] = []
    done = pull(server, batch, parts.append)
    assert done.ok and done.bytes == sum(map(len, parts)), done
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))
    return path


def test_a_host_is_pulled_and_read_without_a_word_of_doubt(watched: Watched, tmp_path: Path):
    server, asked = told_by(watched, prometheus_instance=watched.instance)
    (batch,) = batches(server, "lb1", asked, SERIES, watched.burnt)
    assert batch.file == "prometheus_node.json"
    reading, bad = read(pulled(server, batch, tmp_path / batch.file), "prometheus")
    assert bad.count == 0 and reading.notes == []
    assert {"cpu.busy_ratio", "memory.used_ratio", "nic.rx_bytes_per_s", "tcp.retransmits_per_s",
            "sock.tcp_established"} <= {s.metric for s in reading.samples}  # fmt: skip
    busy = sample(reading, "cpu.busy_ratio")
    begin_s, end_s = watched.burnt
    under = (busy.at_s > begin_s + 0.6) & (busy.at_s < end_s)
    assert np.diff(busy.at_s).min() == pytest.approx(0.5, abs=0.1), "the scrapes themselves"
    assert np.nanmax(busy.values[under]) > 0.3, "one of the processors was burning"


def test_what_a_table_of_prometheus_says_becomes_signals_of_its_component(
    watched: Watched, tmp_path: Path
):
    server, asked = told_by(watched, prometheus_instance=watched.instance)
    (batch,) = batches(server, "lb1", asked, SERIES, watched.burnt)
    pulled(server, batch, tmp_path / "raw" / "lb1" / batch.file)
    (tmp_path / "diagnose.toml").write_text(
        f'[components.lb1]\nrole = "lb"\nclock_offset_s = 3000\nprometheus = "{watched.url}"\n'
    )
    _, run, _ = analyze(tmp_path, out=tmp_path)
    case = run.cases["lb1"]
    assert {"cpu.busy_ratio", "memory.used_ratio", "nic.rx_dropped_per_s"} <= case.found.keys()
    assert case.limit("cpu.count") is not None and case.limit("memory.total_bytes") is not None
    busy = case.signal("cpu.busy_ratio")
    assert busy is not None and np.nanmax(busy.values) > 0.3
    assert "raw/lb1/prometheus_node.json" in case.sources("cpu.busy_ratio")


def test_a_long_run_comes_in_pieces_that_miss_nothing(watched: Watched, tmp_path: Path):
    server, asked = told_by(watched, prometheus_instance="gone")
    window = (watched.long_ago + 100, watched.long_ago + 28_100)
    (batch,) = batches(server, "lb1", asked, SERIES, window)
    assert len(batch.pieces) >= 28_000 / MOST_POINTS
    path = pulled(server, batch, tmp_path / batch.file)
    for line in path.read_bytes().splitlines():
        (one,) = json.loads(line)["data"]["result"]
        assert len(one["values"]) <= MOST_POINTS
    load = sample(read(path, "prometheus")[0], "cpu.load1")
    assert np.array_equal(load.at_s - watched.long_ago, load.values), "each at its own second"
    assert np.array_equal(np.diff(load.values), np.ones(load.values.size - 1)), "none is missing"
    assert load.at_s[0] <= window[0] and load.at_s[-1] >= window[1]


def test_a_component_is_found_by_its_host(watched: Watched):
    for keys in ({"host": "127.0.0.1"}, {"prometheus_instance": ["127.0.0.1"]}):
        server, asked = told_by(watched, **keys)
        (batch,) = batches(server, "lb1", asked, SERIES, watched.burnt)
        assert "127" in next(batch.queries)[0]


@pytest.mark.parametrize("keys", [{}, {"prometheus_instance": "lb1:9100"}, {"host": "lb.1"}])
def test_an_instance_that_does_not_exist_is_answered_with_those_that_do(watched: Watched, keys):
    server, asked = told_by(watched, **keys)
    with pytest.raises(HostError) as caught:
        batches(server, "lb1", asked, SERIES, watched.burnt)
    assert "knows no instance lb" in caught.value.what
    assert watched.instance in caught.value.hint and "prometheus_instance" in caught.value.hint


def test_a_time_without_scrapes_is_no_data_and_not_zero(watched: Watched):
    server, asked = told_by(watched, prometheus_instance=watched.instance)
    with pytest.raises(HostError) as caught:
        batches(server, "lb1", asked, SERIES, (1.0e9, 1.0e9 + 60))
    assert "knows no instance" in caught.value.what and "check the window" in caught.value.hint


def test_what_the_server_objects_to_is_said_in_its_words(watched: Watched):
    batch = Batch("x.json", ("node_load1{",), ((60, watched.burnt[1]),))
    parts: list[bytes] = []
    done = pull(Server(watched.url), batch, parts.append)
    assert not done.ok and parts == []
    assert "parse error" in done.stderr and "400" in done.stderr


def test_names_are_asked_for_in_addresses_of_a_bounded_length(watched: Watched):
    server, asked = told_by(watched, prometheus_instance=watched.instance)
    (batch,) = batches(server, "lb1", asked, SERIES, watched.burnt)
    assert max(len(query) for query, _ in batch.queries) < 2000
    names = [query.split('"')[1].split("|") for query, _ in batch.queries]
    flat = list(itertools.chain.from_iterable(names))
    assert len(flat) == len(set(flat))


def test_a_full_file_ends_the_questions(watched: Watched):
    server, asked = told_by(watched, prometheus_instance="gone")
    window = (watched.long_ago, watched.long_ago + LONG_AGO)
    (batch,) = batches(server, "lb1", asked, SERIES, window)
    stop, parts = threading.Event(), []
    done = pull(server, batch, lambda part: (parts.append(part), stop.set()), stop=stop)
    assert len(parts) == 1 and done.truncated and not done.ok


def test_the_clock_of_the_server_is_read(watched: Watched):
    offset_s, error_s = clock_offset_s(Server(watched.url))
    assert abs(offset_s) <= error_s + 0.01, "it is this machine's own"

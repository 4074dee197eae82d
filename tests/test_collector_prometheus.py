"""Answers of Prometheus: four real exporters and an old one, restarts, several hosts, torn."""

import gzip
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.metrics import LIMITS, METRICS
from diagnose.plugins import COLLECTORS
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "prometheus"
EXPORTERS = ["node", "node_0.15", "nginx", "mysql", "postgres"]


def given_by(name):
    return read(HERE / f"{name}.json.gz", "prometheus")


def answer(*series):
    """A document as the API gives it, of (labels, [(time, value), …])."""
    result = [
        {"metric": labels, "values": [[at, f"{value}"] for at, value in rows]}
        for labels, rows in series
    ]
    data = {"resultType": "matrix", "result": result}
    return json.dumps({"status": "success", "data": data}) + "\n"


def of(name, rows, **labels):
    return {"__name__": name, "instance": "lb1:9100", "job": "node", **labels}, rows


def reading_of(tmp_path, *series):
    return read(write(tmp_path, answer(*series), "answer.json"), "prometheus")[0]


def risen(samples):
    return samples.values[-1] - samples.values[0]


@pytest.mark.parametrize("name", EXPORTERS)
def test_each_exporter_is_told_and_read_whole(name):
    assert kind_of(HERE / f"{name}.json.gz") == "prometheus"
    reading, bad = given_by(name)
    assert bad.count == 0 and reading.notes == []
    assert {s.metric for s in reading.samples} <= METRICS.keys()
    assert {limit.name for limit in reading.limits} <= LIMITS.keys()
    assert all(s.at_s.size >= 10 and (s.lines > 0).all() for s in reading.samples)
    assert reading.foreign_clock, "times are Prometheus's, whatever the host's clock shows"


def test_a_host_under_load_is_seen_to_work():
    reading, _ = given_by("node")
    busy = sample(reading, "cpu.busy_ratio")
    assert busy.form is Form.MEAN and np.all((busy.values > 0.2) & (busy.values <= 1))
    cores = [sample(reading, "cpu.core_busy_ratio", f"cpu{i}").values for i in (0, 1)]
    assert np.allclose(np.mean(cores, axis=0), busy.values, atol=0.02)
    assert 0 < sample(reading, "memory.used_ratio").values[0] < 1
    assert 0 < np.nanmax(sample(reading, "disk.util_ratio", "vda").values) <= 1
    assert 0 < np.nanmean(sample(reading, "disk.write_await_s", "vda").values) < 0.1
    assert risen(sample(reading, "disk.write_bytes_per_s", "vda")) > 1e6
    assert risen(sample(reading, "tcp.in_segments_per_s")) > 1000
    limits = {(one.name, one.part): one.value for one in reading.limits}
    assert limits["cpu.count", ""] == 2 and limits["conntrack.max", ""] == 262144
    assert {f.name: f.value for f in reading.facts}["host.name"] == "lb1"


def test_the_names_before_0_16_say_the_same():
    """Both exporters ran on one host at one time, scraped a fraction of a second apart."""
    new, old = given_by("node")[0], given_by("node_0.15")[0]
    told = {(s.metric, s.part) for s in new.samples} & {(s.metric, s.part) for s in old.samples}
    assert {m for m, _ in told} >= {
        "cpu.busy_ratio", "memory.used_ratio", "memory.available_bytes", "disk.space_used_ratio",
        "nic.rx_bytes_per_s", "cpu.context_switches_per_s", "files.system_open", "cpu.load1",
    }  # fmt: skip
    for metric, part in told:
        a, b = sample(new, metric, part), sample(old, metric, part)
        if a.form is Form.COUNTER:
            assert a.values[0] == pytest.approx(b.values[0], rel=0.1, abs=50), metric
        else:
            apart = 0.1 if metric.endswith("_ratio") else 3
            assert np.nanmean(a.values) == pytest.approx(np.nanmean(b.values), rel=0.3, abs=apart)


def test_old_times_of_disks_are_milliseconds(tmp_path):
    """The old exporter cannot read what today's kernels print: names are of its own tests."""
    old = {"io_time_ms": 400, "io_time_weighted": 1500, "read_time_ms": 90, "write_time_ms": 30,
           "reads_completed": 9, "writes_completed": 1, "bytes_read": 4096}  # fmt: skip
    rows = [of(f"node_disk_{k}", [(0, 0), (1, v)], device="sda") for k, v in old.items()]
    last = {s.metric: s.values[-1] for s in reading_of(tmp_path, *rows).samples}
    assert last["disk.util_ratio"] == pytest.approx(0.4)
    assert last["disk.queue_length"] == pytest.approx(1.5)
    assert last["disk.read_await_s"] == pytest.approx(0.01)
    assert last["disk.await_s"] == pytest.approx(0.012)
    assert last["disk.read_bytes_per_s"] == 4096 and last["disk.writes_per_s"] == 1


def test_nginx_tells_of_its_connections():
    reading, _ = given_by("nginx")
    assert risen(sample(reading, "nginx.requests_per_s")) > 100
    assert risen(sample(reading, "nginx.accepts_per_s")) > 10
    assert risen(sample(reading, "nginx.dropped_connections_per_s")) == 0
    assert sample(reading, "nginx.active_connections").form is Form.GAUGE


def test_the_traffic_status_module_tells_the_same(tmp_path):
    """Names of nginx-module-vts's own page, and of its exporter."""
    for name in ("nginx_vts_main_connections", "nginx_server_connections"):
        rows = {"accepted": 90, "handled": 88, "requests": 700, "active": 9, "waiting": 5}
        series = [of(name, [(10, n - 1), (20, n)], status=s) for s, n in rows.items()]
        reading = reading_of(tmp_path, *series)
        last = {s.metric: s.values[-1] for s in reading.samples}
        assert last["nginx.requests_per_s"] == 700 and last["nginx.waiting"] == 5
        assert last["nginx.dropped_connections_per_s"] == 2


def test_nginx_plus_counts_idle_connections_apart(tmp_path):
    rows = {"accepted": 90, "dropped": 3, "active": 9, "idle": 5}
    series = [of(f"nginxplus_connections_{s}", [(10, n)]) for s, n in rows.items()]
    last = {s.metric: s.values[-1] for s in reading_of(tmp_path, *series).samples}
    assert last["nginx.active_connections"] == 14 and last["nginx.waiting"] == 5
    assert last["nginx.dropped_connections_per_s"] == 3


def test_a_mysql_server_is_read_as_its_own_status_is():
    reading, _ = given_by("mysql")
    assert risen(sample(reading, "db.queries_per_s")) > 100
    assert risen(sample(reading, "db.scan_rows_per_s")) > 100, "a label of handlers_total"
    assert sample(reading, "db.refused_connections_per_s").form is Form.COUNTER
    limits = {one.name: one.value for one in reading.limits}
    assert limits["db.max_connections"] == 151
    assert limits["db.buffer_pool_bytes"] == 128 * 2**20
    assert limits["db.long_query_time_s"] == 10
    facts = {one.name: one.value for one in reading.facts}
    assert facts["db.product"] == "MariaDB" and facts["db.slow_query_log"] == "OFF"


def test_a_postgresql_server_is_summed_over_its_databases():
    reading, _ = given_by("postgres")
    assert risen(sample(reading, "db.commits_per_s")) > 100
    assert sample(reading, "db.connections").values.max() >= 3
    assert 0 <= np.nanmax(sample(reading, "db.buffer_pool_miss_ratio").values) < 1
    limits = {one.name: one.value for one in reading.limits}
    assert limits == {
        "db.max_connections": 100, "db.buffer_pool_bytes": 128 * 2**20,
        "db.redo_capacity_bytes": 2**30,
    }  # fmt: skip
    facts = {one.name: one.value for one in reading.facts}
    assert facts["db.product"] == "PostgreSQL" and facts["db.log_min_duration_ms"] == "-1000"


def test_answers_in_pieces_are_one_series(tmp_path):
    first = answer(of("node_load1", [(10, 1), (20, 2)]))
    second = answer(of("node_load1", [(20, 2), (30, 3)]))
    reading, _ = read(write(tmp_path, second + first), "prometheus")
    load = sample(reading, "cpu.load1")
    assert load.at_s.tolist() == [10, 20, 30] and load.values.tolist() == [1, 2, 3]
    assert load.lines.tolist() == [2, 1, 1] or load.lines.tolist() == [2, 2, 1]


def test_a_restart_of_the_host_is_no_work(tmp_path):
    before = {"idle": 5000.0, "user": 900.0}
    after = {"idle": 5.0, "user": 4.0}
    rows = [
        of("node_cpu_seconds_total", [(0, before[m] - 9), (10, before[m]), (20, after[m])],
           cpu="0", mode=m) for m in before
    ]  # fmt: skip
    busy = sample(reading_of(tmp_path, *rows), "cpu.busy_ratio")
    assert busy.values[0] == pytest.approx(0.5) and np.isnan(busy.values[1])


def test_several_hosts_are_components_of_their_own(tmp_path):
    other = of("node_load1", [(10, 7.5)], instance="db1:9100")
    same = of("nginx_connections_active", [(10, 4)], instance="lb1:9113", job="nginx")
    reading = reading_of(tmp_path, of("node_load1", [(10, 0.5)]), other, same)
    assert {host: len(samples) for host, samples in reading.component.items()} == {
        "lb1": 2,
        "db1": 1,
    }
    assert reading.samples == [] and "2 hosts: db1, lb1" in reading.notes[0]


def test_two_exporters_of_one_host_are_not_added_up(tmp_path):
    short = of("node_load1", [(10, 1.0)], job="again")
    reading = reading_of(tmp_path, of("node_load1", [(10, 1.0), (20, 1.5)]), short)
    assert sample(reading, "cpu.load1").values.tolist() == [1.0, 1.5]


def test_a_partition_is_no_disk_of_its_own(tmp_path):
    rows = [of("node_disk_io_time_seconds_total", [(0, 1), (10, 2)], device=d) for d in
            ("sda", "sda1", "nvme0n1p2")]  # fmt: skip
    parts = {s.part for s in reading_of(tmp_path, *rows).samples if s.metric == "disk.util_ratio"}
    assert parts == {"sda", "nvme0n1p2"}, "the disk of the last is not told of"


def test_what_is_not_read_is_told(tmp_path):
    reading = reading_of(tmp_path, of("kube_pod_info", [(1, 1)]), ({"job": "x"}, [(1, 2)]))
    assert any("series of 1 names are not read: kube_pod_info" in note for note in reading.notes)
    assert any("1 series bear no name" in note for note in reading.notes)


def test_a_warning_of_the_server_is_passed_on(tmp_path):
    text = answer(of("node_load1", [(1, 1)])).replace(
        '"status"', '"warnings": ["a store is missing"], "status"', 1
    )
    reading, _ = read(write(tmp_path, text), "prometheus")
    assert reading.notes == ["Prometheus warns: a store is missing"]


def test_one_moment_and_a_pretty_document_are_read(tmp_path):
    document = json.loads(answer(of("node_load1", [])))
    document["data"]["resultType"] = "vector"
    document["data"]["result"][0] = {"metric": of("node_load1", [])[0], "value": [5, "0.25"]}
    path = write(tmp_path, json.dumps(document, indent=2))
    assert kind_of(path) == "prometheus"
    assert sample(read(path, "prometheus")[0], "cpu.load1").values.tolist() == [0.25]


def test_a_torn_end_does_not_hide_the_rest(tmp_path):
    text = gzip.decompress((HERE / "mysql.json.gz").read_bytes())
    reading, bad = read(write(tmp_path, text[:-500]), "prometheus")
    assert bad.count == 1 and len(reading.samples) > 10


@pytest.mark.parametrize(
    "series",
    [
        [{"metric": 5, "values": []}],
        [{"metric": {"__name__": "node_load1"}, "values": [[1]]}],
        [{"metric": {"__name__": "node_load1"}, "values": [[1, "x"]]}],
        [{"metric": {"__name__": "node_load1"}, "values": 7}],
    ],
)
def test_a_series_of_another_shape_is_noted(tmp_path, series):
    document = {"status": "success", "data": {"resultType": "matrix", "result": series}}
    reading, bad = read(write(tmp_path, json.dumps(document)), "prometheus")
    assert bad.count == 1 and reading.samples == []


@pytest.mark.parametrize(
    "text",
    [
        '{"status":"error","errorType":"bad_data","error":"parse error"}',
        '{"status":"success","data":["up"]}',
        '{"status": 1}',
        "[]",
        "\xff\0",
    ],
)
def test_look_alikes_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "prometheus"


def test_every_name_that_is_asked_for_is_read(tmp_path):
    """What `diagnose collect` pulls is what the tables know: nothing is fetched in vain."""
    for series in COLLECTORS["prometheus"].series:
        bare = [name.partition("{")[0] for name in series.names]
        rows = [of(name, [(1, 1), (2, 2)]) for name in bare]
        assert reading_of(tmp_path, *rows).notes == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 10**6), min_size=2, max_size=30, unique=True),
    st.integers(1, 5),
)
def test_any_cut_into_pieces_gives_the_same_counter(tmp_path_factory, times, pieces):
    rows = [(at / 1000 + 1.7e9, i * 3) for i, at in enumerate(sorted(times))]
    step = max(1, len(rows) // pieces)
    text = "".join(
        answer(of("node_network_receive_drop_total", rows[i : i + step + 1], device="eth0"))
        for i in range(0, len(rows), step)
    )
    reading, bad = read(write(tmp_path_factory.mktemp("cut"), text), "prometheus")
    drops = sample(reading, "nic.rx_dropped_per_s", "eth0")
    assert bad.count == 0 and drops.form is Form.COUNTER
    assert list(zip(drops.at_s, drops.values, strict=True)) == rows

"""SHOW GLOBAL STATUS: sampled, lone, boxed, vertical; the processes beside it are not read."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.collectors.mysql_status import COUNTERS, GAUGES
from diagnose.metrics import METRICS
from diagnose.rawfile import Head
from diagnose.readings import Form

STATUS = FIXTURES / "mysql_status"


def test_samples_of_a_real_server():
    assert kind_of(STATUS / "stamped.txt") == "mysql_status"
    reading, bad = read(STATUS / "stamped.txt", "mysql_status")
    connections = sample(reading, "db.connections")
    assert len(connections.at_s) == 5 and connections.values[-1] == 17
    assert 1795406000 < connections.at_s[0] < 1795407000
    lines = (STATUS / "stamped.txt").read_text().splitlines()
    assert lines[connections.lines[0] - 1].startswith("Threads_connected")
    queries = sample(reading, "db.queries_per_s")
    assert queries.form is Form.COUNTER and queries.values[-1] == 3493
    assert bad.count == 0


def test_the_text_of_running_statements_is_never_taken():
    reading, bad = read(STATUS / "stamped.txt", "mysql_status")
    assert "SELECT name" not in repr(reading) + repr(bad.kept)
    assert reading.notes and reading.notes[0].endswith("lines of SHOW PROCESSLIST were not read")


def test_miss_ratio_is_of_the_interval(tmp_path):
    name = "Innodb_buffer_pool_read"
    text = "".join(
        f"# 179540668{at}.5\n{name}s\t{reads}\n{name}_requests\t{asked}\nThreads_running\t1\n"
        for at, reads, asked in ((1, 100, 1000), (2, 150, 1500), (3, 150, 1500), (4, 3, 10))
    )
    reading, _ = read(write(tmp_path, text), "mysql_status")
    ratio = sample(reading, "db.buffer_pool_miss_ratio")
    np.testing.assert_allclose(ratio.values, [0.1])  # nothing asked, a restart: not measured
    np.testing.assert_allclose(ratio.at_s, [1795406682.5])
    assert ratio.form is Form.MEAN


def test_other_shapes_of_the_output():
    for name, connections in (("boxed.txt", None), ("vertical.txt", 1), ("no_header.txt", 1)):
        assert kind_of(STATUS / name) == "mysql_status", name
        reading, bad = read(STATUS / name, "mysql_status")
        assert bad.count == 0 and reading.samples
        assert all(np.isnan(s.at_s).all() for s in reading.samples)
        if connections:
            assert list(sample(reading, "db.connections").values) == [connections]


def test_lock_time_is_in_seconds_and_scans_are_summed(tmp_path):
    text = "Innodb_row_lock_time\t5120\nSelect_scan\t2\nSelect_full_join\t3\nThreads_running\t1\n"
    reading, _ = read(write(tmp_path, text), "mysql_status")
    assert list(sample(reading, "db.row_lock_wait_s_per_s").values) == [5.12]
    assert list(sample(reading, "db.scans_per_s").values) == [5]


def test_a_torn_tail_is_noted_and_its_number_is_not_used(tmp_path):
    reading, bad = read(write(tmp_path, "Threads_connected\t7\nThreads_running\t1"), "mysql_status")
    assert [s.metric for s in reading.samples] == ["db.connections"] and bad.count == 1


def test_outputs_without_stamps_are_told_apart(tmp_path):
    text = "Threads_connected\t7\nThreads_running\t1\n" * 3
    reading, _ = read(write(tmp_path, text), "mysql_status")
    assert list(sample(reading, "db.connections").values) == [7, 7, 7]


def test_only_names_of_the_vocabulary():
    assert {*GAUGES.values(), *(metric for metric, *_ in COUNTERS.values())} <= set(METRICS)


def test_variables_are_not_status():
    text = b"Variable_name\tValue\nmax_connections\t151\nversion\t8.0.34\nthread_cache_size\t9\n"
    assert kind_of_head(Head.of(text)) == "mysql_variables"
    assert kind_of_head(Head.of(b"Name\tValue\nfoo\t1\nbar\t2\n")) != "mysql_status"


@given(st.lists(st.tuples(st.integers(0, 2**53), st.integers(0, 2**53)), min_size=1, max_size=9))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(
        f"# {1795406687 + i}\nVariable_name\tValue\nThreads_connected\t{a}\nQueries\t{b}\n"
        f"Threads_running\t1\n"
        for i, (a, b) in enumerate(rows)
    )
    path = write(tmp_path_factory.mktemp("status"), text)
    assert kind_of(path) == "mysql_status"
    reading, bad = read(path, "mysql_status")
    assert list(sample(reading, "db.connections").values) == [a for a, _ in rows]
    assert list(sample(reading, "db.queries_per_s").values) == [b for _, b in rows]
    assert bad.count == 0

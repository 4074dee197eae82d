"""Locust's log and the tables between its messages."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.rawfile import Head

HERE = FIXTURES / "locust_log"
AT = "[2026-11-23 04:08:41,757] gen"


def found(reading):
    return {
        (o.metric.split(".")[-1].removesuffix("_per_s"), o.part): o for o in reading.occurrences
    }


def facts(reading):
    return {fact.name: fact.value for fact in reading.facts}


def test_the_log_of_a_master_whose_worker_was_too_busy():
    assert kind_of(HERE / "master.log") == "locust_log"
    reading, bad = read(HERE / "master.log", "locust_log")
    worker = "client_c53323f567cc4d6facfb42f02c33a277"
    messages = found(reading)
    assert {key: o.at_s.size for key, o in messages.items()} == {
        ("cpu_high", worker): 1,
        ("heartbeat_missed", worker): 1,
        ("reports_late", ""): 9,
        ("too_many_open_files", ""): 0,
        ("no_local_address", ""): 0,
        ("exception", ""): 0,
    }
    # 04:08:41,757 read as if it were UTC
    np.testing.assert_allclose(messages["cpu_high", worker].at_s, [1795406921.757])
    assert reading.naive and bad.count == 0
    assert facts(reading) == {
        "load.tool": "locust",
        "load.host": "client",
        "load.version": "2.47.0",
        "load.workers": "1",
    }
    assert reading.notes == ["users were spawned in 27 steps, from 5 to 150"]


def test_the_log_of_that_worker():
    assert kind_of(HERE / "worker.log") == "locust_log"
    reading, _ = read(HERE / "worker.log", "locust_log")
    assert found(reading)["cpu_high", ""].at_s.size == 2


def test_tracebacks_are_counted_once_and_the_last_table_gives_totals():
    assert kind_of(HERE / "stderr.txt") == "locust_log"
    reading, bad = read(HERE / "stderr.txt", "locust_log")
    exceptions = found(reading)["exception", ""]
    assert (exceptions.at_s.size, exceptions.example) == (6, "KeyError: 'nope'")
    (load,) = reading.loads
    assert load.tool == "locust console"  # the CSV says the same, more exactly
    totals = {t.route: t for t in load.totals}
    assert (totals[""].requests, totals[""].failures) == (428, 236)
    assert (totals["GET /api/report"].mean_s, totals["GET /api/report"].p95_s) == (0.297, 0.39)
    assert [(e.count, e.kind) for e in load.errors[:2]] == [(130, "refused"), (68, "timeout")]
    assert bad.count == 0


def test_the_tables_of_an_old_version():
    assert kind_of(HERE / "stderr_0.12.txt") == "locust_log"
    reading, bad = read(HERE / "stderr_0.12.txt", "locust_log")
    totals = {t.route: t for t in reading.loads[0].totals}
    assert (totals[""].requests, totals[""].failures, totals[""].p95_s) == (3321, 76, 0.15)
    assert totals["GET /api/items"].mean_s == 0.087
    assert facts(reading)["load.version"] == "0.12.2" and bad.count == 0


def test_tables_alone_are_a_log_without_times(tmp_path):
    lines = (HERE / "stderr.txt").read_text().splitlines()[-34:]
    path = write(tmp_path, "\n".join(line for line in lines if not line.startswith("[")))
    assert kind_of(path) == "locust_log"
    reading, _ = read(path, "locust_log")
    assert reading.loads and not reading.naive


def test_what_ran_out_at_the_generator(tmp_path):
    text = (
        f"{AT}/WARNING/locust.main: System open file limit '1024' is below minimum setting\n"
        f"{AT}/ERROR/locust.user.task: [Errno 24] Too many open files\n"
        f"{AT}/ERROR/locust.user.task: [Errno 99] Cannot assign requested address\n"
        f"{AT}/WARNING/root: Loadgen CPU usage above 90%! This may constrain your throughput\n"
        f"{AT}/INFO/locust.runners: Slave gen_1 failed to send heartbeat, setting state\n"
        f"{AT}/INFO/locust.runners: Client 'gen_2' reported as ready. Currently 7 clients ready\n"
    )
    reading, _ = read(write(tmp_path, text), "locust_log")
    counts = {key: o.at_s.size for key, o in found(reading).items()}
    assert counts["too_many_open_files", ""] == counts["no_local_address", ""] == 1
    assert counts["cpu_high", ""] == counts["heartbeat_missed", "gen_1"] == 1
    assert [limit.value for limit in reading.limits] == [1024]
    assert facts(reading)["load.workers"] == "7"


def test_a_chain_of_tracebacks_is_one_exception(tmp_path):
    text = (
        f"{AT}/ERROR/locust.user.task: x\n"
        "Traceback (most recent call last):\n  File\nKeyError: 'a'\n"
        "\nDuring handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n  File\nOSError: [Errno 24] Too many open files\n\n"
    )
    reading, _ = read(write(tmp_path, text), "locust_log")
    assert found(reading)["exception", ""].at_s.size == 1
    assert found(reading)["too_many_open_files", ""].at_s.size == 1


def test_a_torn_message_and_a_torn_table_are_noted(tmp_path):
    table = (HERE / "stderr.txt").read_text().splitlines()[2:4]
    text = "\n".join([f"{AT}/INFO/locust.main: Starting Locust 2.1", *table, "GET  /a  6", AT])
    _, bad = read(write(tmp_path, text), "locust_log")
    assert [number for number, _ in bad.kept] == [4, 5]


def test_the_logs_of_others_are_not_claimed():
    nginx = b"2026/11/23 04:08:41 [error] 7#7: *1 connect() failed (111: Connection refused)\n"
    ours = b"[2026-11-23 04:08:41] INFO app: Name and # reqs\n"
    assert {kind_of_head(Head.of(raw)) for raw in (nginx, ours)}.isdisjoint({"locust_log"})


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_what_we_write_we_read_back(tmp_path_factory, milliseconds):
    text = "".join(
        f"[2026-11-23 04:{ms // 60000:02}:{ms // 1000 % 60:02},{ms % 1000:03}] h/WARNING/root: "
        "CPU usage above 90%! This may\r\n"
        for ms in milliseconds
    )
    reading, _ = read(write(tmp_path_factory.mktemp("written"), text), "locust_log")
    np.testing.assert_allclose(
        found(reading)["cpu_high", ""].at_s, [1795406400 + ms / 1000 for ms in milliseconds]
    )

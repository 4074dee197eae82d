"""SHOW ENGINE INNODB STATUS: sampled, lone, batch, and of older servers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample, write

from diagnose.rawfile import Head
from diagnose.readings import Form

STATUS = FIXTURES / "innodb_status"


def test_samples_of_a_real_server_count_who_waits_for_a_row():
    assert kind_of(STATUS / "stamped.txt") == "innodb_status"
    reading, bad = read(STATUS / "stamped.txt", "innodb_status")
    waiting = sample(reading, "db.row_lock_waiting")
    np.testing.assert_array_equal(waiting.values, [1, 1, 0])
    np.testing.assert_allclose(waiting.at_s[0], 1795415785.397)
    assert len(sample(reading, "db.history_list_length").values) == 3
    assert bad.count == 0 and not reading.naive


def test_the_batch_mode_and_the_time_of_a_deadlock():
    assert kind_of(STATUS / "batch.txt") == "innodb_status"
    reading, bad = read(STATUS / "batch.txt", "innodb_status")
    (deadlocks,) = reading.occurrences
    assert list(deadlocks.at_s) == [1795415790] and reading.naive and bad.count == 0


def test_older_servers_say_how_old_the_checkpoint_is():
    reading, bad = read(STATUS / "percona.txt", "innodb_status")
    assert list(sample(reading, "db.checkpoint_age_ratio").values) == [0.5]
    assert list(sample(reading, "db.pending_io").values) == [3 + 1 + 2 + 1]
    assert list(sample(reading, "db.history_list_length").values) == [1234]
    miss = sample(reading, "db.buffer_pool_miss_ratio")
    np.testing.assert_allclose(miss.values, [0.05])
    assert miss.form is Form.MEAN and list(miss.at_s) == [1795406706]
    assert "hunter2" not in repr(reading) + repr(bad.kept)


def test_a_stamp_gives_the_offset_of_the_servers_clock(tmp_path):
    text = (STATUS / "percona.txt").read_text()
    stamped = "# 1795374306.2\n" + text + "# 1795374316.2\n" + text
    reading, _ = read(write(tmp_path, stamped), "innodb_status")  # nine hours east
    (deadlocks,) = reading.occurrences
    assert set(deadlocks.at_s) == {1795374246} and not reading.naive


def test_outputs_without_stamps_are_told_apart_by_their_heading(tmp_path):
    text = (STATUS / "percona.txt").read_text()
    reading, _ = read(write(tmp_path, (text * 2).replace("\n", "\r\n")), "innodb_status")
    assert len(sample(reading, "db.history_list_length").values) == 2


def test_a_torn_output_is_noted_and_not_used(tmp_path):
    text = (STATUS / "stamped.txt").read_text()
    reading, bad = read(write(tmp_path, text[: text.rindex("Pending reads")]), "innodb_status")
    assert len(sample(reading, "db.row_lock_waiting").values) == 2 and bad.count == 1


def test_other_text_is_not_claimed():
    assert kind_of_head(Head.of(b"History list length 7\nLOG\n")) != "innodb_status"


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 1000)), min_size=1, max_size=6))
def test_what_we_write_we_read_back(tmp_path_factory, rows):
    text = "".join(
        f"# {1795406687 + i}\n2026-11-23 04:04:47 0x7 INNODB MONITOR OUTPUT\n"
        f"TRANSACTIONS\nHistory list length {history}\nBUFFER POOL AND MEMORY\n"
        f"Buffer pool hit rate {hits} / 1000, x\nEND OF INNODB MONITOR OUTPUT\n"
        for i, (history, hits) in enumerate(rows)
    )
    path = write(tmp_path_factory.mktemp("status"), text)
    assert kind_of(path) == "innodb_status"
    reading, bad = read(path, "innodb_status")
    assert list(sample(reading, "db.history_list_length").values) == [h for h, _ in rows]
    missed = sample(reading, "db.buffer_pool_miss_ratio").values
    np.testing.assert_allclose(missed, [1 - hits / 1000 for _, hits in rows])
    assert bad.count == 0

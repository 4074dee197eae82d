"""JMeter's summariser and log: a series without a result file, and what ran out."""

from __future__ import annotations

import numpy as np
import pytest
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "jmeter_log"
KIND = "jmeter_log"


def test_intervals_are_a_series_that_ends_with_the_test():
    assert kind_of(HERE / "v5.1.1-stdout.txt") == KIND
    reading, _ = read(HERE / "v5.1.1-stdout.txt", KIND)
    (load,) = reading.loads
    (series,) = load.series
    assert series.requests.tolist() == [1997, 13143, 8016]
    assert series.failures.tolist() == [127, 2136, 1813]
    assert series.users.tolist() == [23, 80, 0]
    # It writes at full half minutes of the clock, and once more at the end.
    assert series.at_s == pytest.approx([1795406370, 1795406400, 1795406411.184], abs=0.05)
    assert not reading.naive and not load.relative
    assert (load.totals[0].requests, load.totals[0].failures) == (23156, 4076)
    assert load.totals[0].mean_s == 0.114


def test_without_a_clock_times_are_relative():
    reading, _ = read(HERE / "v5.1.1-stderr.txt", KIND)
    (load,) = reading.loads
    assert load.relative
    assert load.series[0].requests.sum() == 23156


def test_stamps_of_the_log_are_local():
    reading, _ = read(HERE / "v2.13.log", KIND)
    assert reading.naive
    assert reading.loads[0].series[0].at_s.tolist() == [1795407960.0, 1795407962.0]
    assert ("load.version", "2.13.19691222") in {(f.name, f.value) for f in reading.facts}
    assert any("counts transaction controllers" in note for note in reading.notes)


def test_of_two_runs_the_last_is_read():
    reading, _ = read(HERE / "two-runs-stdout.txt", KIND)
    assert reading.loads[0].totals[0].requests == 556
    assert any("2 runs stand in it" in note for note in reading.notes)


def test_decimal_commas_of_a_german_jvm(tmp_path):
    text = (
        "Creating summariser <summary>\n"
        "summary +    794 in 00:00:04 =  208,4/s Avg:    24 Min:     0 Max:   114 "
        "Err:    35 (4,41%) Active: 5 Started: 5 Finished: 0\n"
        "summary =      0 in 00:00:00 = ******/s Avg:     0 Min: 9223372036854775807 "
        "Max: -9223372036854775808 Err:     0 (0,00%)\n"
    )
    reading, _ = read(write(tmp_path, text), KIND)
    series = reading.loads[0].series[0]
    assert series.interval_s[0] == pytest.approx(794 / 208.4)
    assert np.isnan(series.p95_s).all()


def test_what_ran_out_is_counted(tmp_path):
    text = (
        "2026-11-23 04:25:54,123 INFO o.a.j.e.StandardJMeterEngine: Running the test!\n"
        "2026-11-23 04:25:55,123 ERROR o.a.j.JMeter: Uncaught exception: \n"
        "java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory\n"
    )
    path = write(tmp_path, text)
    assert kind_of(path) == KIND
    reading, _ = read(path, KIND)
    (found,) = [o for o in reading.occurrences if o.at_s.size]
    assert found.metric == "message.generator.out_of_memory_per_s"
    assert found.at_s.tolist() == [1795407955.123] and found.lines.tolist() == [3]


def test_other_logs_are_left_alone(tmp_path):
    assert kind_of(write(tmp_path, "2026-11-23 04:25:54,123 INFO com.shop.Main: started\n")) != KIND

"""Tables of metrics that people bring: long or wide, CSV or Parquet."""

import importlib.util
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.errors import UnreadableSource
from diagnose.metrics import METRICS, Kind
from diagnose.rawfile import Head
from diagnose.readings import Form

HERE = FIXTURES / "metrics_table"
LONG = "time,component,metric,value,unit\n"


@pytest.fixture(autouse=True)
def vocabulary():
    known = dict(METRICS)
    yield
    METRICS.clear()
    METRICS.update(known)


def series(reading):
    return {
        (component, s.metric, s.part): s
        for component, table in [("", reading.samples), *reading.component.items()]
        for s in table
    }


def parsed(tmp_path, text):
    path = write(tmp_path, text)
    assert kind_of(path) == "metrics_table"
    reading, bad = read(path, "metrics_table")
    return series(reading), reading, bad


def test_the_same_readings_long_and_wide_are_the_same():
    both = []
    for name in ("long.csv", "wide.csv"):
        assert kind_of(HERE / name) == "metrics_table"
        reading, bad = read(HERE / name, "metrics_table")
        assert sorted(reading.component) == ["api", "db"] and bad.count == 0
        both.append(series(reading))
    long, wide = both
    assert set(long) == set(wide)
    for key, one in long.items():
        other = wide[key]
        shared = np.isin(other.at_s, one.at_s)
        np.testing.assert_allclose(one.values, other.values[shared], atol=1e-6)
    wait = long["db", "disk.await_s", "vdb"]
    assert (wait.at_s[0], wait.values[0], wait.lines[0]) == (1795406256, 0.002, 4)
    assert METRICS["disk_flushes"].resource == "disk"


def test_long_rows_are_sorted_by_whose_and_what_they_are(tmp_path):
    text = LONG + (
        "2026-11-23T04:05:06Z,db,cpu.busy_ratio,73,%\n"
        "2026-11-23T04:05:06Z,db,orders_waiting,4,\n"
        "2026-11-23T04:05:07Z,db,cpu.busy_ratio,,%\n"
        "2026-11-23T04:05:08Z,db,cpu.busy_ratio,75,%\n"
        "2026-11-23T04:05:08Z,web,nic.rx_bytes_per_s,8,kbit/s\n"
    )
    found, reading, bad = parsed(tmp_path, text)
    cpu = found["db", "cpu.busy_ratio", ""]
    np.testing.assert_allclose(cpu.values, [0.73, np.nan, 0.75])
    np.testing.assert_allclose(cpu.at_s, [1795406706, 1795406707, 1795406708])
    assert cpu.lines.tolist() == [2, 4, 5]
    assert found["web", "nic.rx_bytes_per_s", ""].values[0] == 1000
    assert METRICS["orders_waiting"].kind is Kind.SATURATION
    assert not reading.naive and bad.count == 0


def test_a_metric_of_the_vocabulary_needs_no_component(tmp_path):
    text = "time,cpu.busy_ratio,db1.example.org.disk.await_s[sda],10.0.0.5.load\n"
    text += "1795406706,0.5,0.1,3\n"
    found, _, _ = parsed(tmp_path, text)
    assert set(found) == {
        ("", "cpu.busy_ratio", ""),
        ("db1.example.org", "disk.await_s", "sda"),
        ("10.0.0.5", "load", ""),
    }


@pytest.mark.parametrize("written", ["1795406706", "1795406706000", "1795406706000000000"])
def test_epochs_of_any_size_are_seconds(tmp_path, written):
    found, reading, _ = parsed(tmp_path, f"ts,service,name,val\n{written},db,cpu,1\n")
    assert found["db", "cpu", ""].at_s[0] == 1795406706 and not reading.naive


def test_semicolons_bring_decimal_commas(tmp_path):
    text = "\ufefftimestamp;host;metric;value\r\n2026-11-23 04:05:06,5;db;cpu.load1;3,25\r\n"
    found, reading, bad = parsed(tmp_path, text)
    load = found["db", "cpu.load1", ""]
    assert (load.values[0], load.at_s[0]) == (3.25, 1795406706.5)
    assert reading.naive and bad.count == 0


def test_what_is_no_number_and_what_is_torn_is_noted_with_its_line(tmp_path):
    text = LONG + (
        "1795406706,db,cpu,1,\n1795406707,db,cpu,many,\n1795406708,db,cpu,n/a,\n\n"
        "noon,db,cpu,4,\n1795406709,db,cpu,5,\n" + LONG + "1795406710,db,cpu,6,\n1795406711,d"
    )
    found, _, bad = parsed(tmp_path, text)
    cpu = found["db", "cpu", ""]
    np.testing.assert_array_equal(cpu.values, [1, np.nan, np.nan, 5, 6])
    assert cpu.lines.tolist() == [2, 3, 4, 7, 9]
    assert bad.count == 3
    assert sorted(bad.kept) == [(3, "value: 'many'"), (6, "time: 'noon'"), (10, "1795406711,d")]


def test_running_totals_are_told_by_kind_or_by_name(tmp_path):
    text = "time,component,metric,value,kind,unit\n" + "".join(
        f"{1795406706 + i},db,{name},{10 * i},{kind},{unit}\n"
        for i in range(4)
        for name, kind, unit in (
            ("nic.rx_bytes_per_s", "counter", "KB"),
            ("reads_total", "", ""),
            ("depth", "saturation", "1"),
        )
    )
    found, _, _ = parsed(tmp_path, text)
    received = found["db", "nic.rx_bytes_per_s", ""]
    assert (received.form, received.values[1]) == (Form.COUNTER, 10_000)
    assert found["db", "reads_total", ""].form is Form.COUNTER
    assert found["db", "depth", ""].form is Form.GAUGE
    assert METRICS["depth"].kind is Kind.SATURATION


def test_a_unit_that_cannot_be_converted_and_a_likely_percent_are_told_of(tmp_path):
    text = LONG + "1795406706,db,disk.await_s,9,%\n1795406706,db,cpu.busy_ratio,73,\n"
    found, reading, _ = parsed(tmp_path, text)
    assert list(found) == [("db", "cpu.busy_ratio", "")]
    assert "is no unit for it (s)" in reading.notes[0] and "in percent" in reading.notes[1]


def test_times_that_cannot_be_placed_are_refused(tmp_path):
    with pytest.raises(UnreadableSource, match="count from a start that is not told"):
        parsed(tmp_path, LONG + "0,db,cpu,1,\n600,db,cpu,1,\n")
    path = write(tmp_path, LONG + "23/11/26 4pm,db,cpu,1,\n")
    with pytest.raises(UnreadableSource, match="neither epoch nor ISO 8601"):
        read(path, "metrics_table")


def test_a_header_alone_says_so(tmp_path):
    _, reading, _ = parsed(tmp_path, LONG)
    assert reading.notes == ["the table has a header and no rows"]


def test_parquet_is_read_whatever_the_type_of_its_times(tmp_path):
    times = pd.to_datetime(["2026-11-23T04:05:06Z", "2026-11-23T04:05:07Z"])
    table = pd.DataFrame({"time": times, "db.cpu": [0.5, None], "web.errors": [1, 2]})
    path = tmp_path / "x"
    table.to_parquet(path)
    assert kind_of(path) == "metrics_table"
    reading, _ = read(path, "metrics_table")
    cpu = series(reading)["db", "cpu", ""]
    np.testing.assert_array_equal(cpu.values, [0.5, np.nan])
    assert cpu.at_s[0] == 1795406706 and not reading.naive
    with pytest.raises(UnreadableSource, match="not a whole Parquet file"):
        read(write(tmp_path, path.read_bytes()[:-40]), "metrics_table")


def test_parquet_of_something_else_and_without_pyarrow_is_refused(tmp_path, monkeypatch):
    buffer = io.BytesIO()
    pd.DataFrame({"a": [1]}).to_parquet(buffer)
    path = write(tmp_path, buffer.getvalue())
    with pytest.raises(UnreadableSource, match="its columns are a"):
        read(path, "metrics_table")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnreadableSource, match="pyarrow") as raised:
        read(path, "metrics_table")
    assert "pip install" in raised.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "timeStamp,elapsed,label,responseCode,success\n1795404500123,52,GET /,200,true\n",
        "metric_name,timestamp,metric_value,check,error\nhttp_reqs,1795404500,1,,\n",
        "Timestamp,User Count,Type,Name,Requests/s,Total Request Count\n1795404500,5,,A,1,2\n",
        "# hostname;interval;timestamp;CPU;%user\nc;1;2026-11-23 04:05:06 UTC;-1;3\n",
        "time,user,system,nice\n1795404500,1,2,3\n",
        "time,Requests/s,Errors/sec\n1795404500,1,2\n",
        "time,component,metric,value\nfast,db,cpu,1\n",
        "just a line of text, with a comma\n",
        "",
    ],
)
def test_tables_of_other_tools_are_not_claimed(text):
    assert kind_of_head(Head.of(text.encode())) != "metrics_table"


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["db", "web-1"]), st.sampled_from(["cpu", "queue", "p95"])),
        st.lists(st.floats(-1e12, 1e12) | st.just(float("nan")), min_size=1, max_size=5),
        min_size=1,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_we_write_we_read_back(tmp_path_factory, tables, sep):
    rows = [["time", "component", "metric", "value"]] + [
        [str(1795406706 + i), component, metric, "" if np.isnan(value) else repr(value)]
        for (component, metric), values in tables.items()
        for i, value in enumerate(values)
    ]
    text = "".join(sep.join(row) + "\r\n" for row in rows)
    if sep == ";":
        text = text.replace(".", ",")
    found, _, bad = parsed(tmp_path_factory.mktemp("written"), text)
    assert bad.count == 0
    assert {(component, metric) for component, metric, _ in found} == set(tables)
    for (component, metric), values in tables.items():
        np.testing.assert_array_equal(found[component, metric, ""].values, values)

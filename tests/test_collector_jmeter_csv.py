"""JMeter's CSV results: every sample counted once, whatever the columns."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "jmeter_csv"
KIND = "jmeter_csv"
HEADER = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,allThreads"


def loaded(path):
    reading, bad = read(path, KIND)
    (load,) = reading.loads
    return load, reading, bad


def rows(*lines: str, header: str = HEADER) -> str:
    return "\n".join((header, *lines)) + "\n"


@pytest.mark.parametrize(
    ("name", "requests", "failures", "users"),
    [
        ("default.jtl", 193, 31, 67),
        ("newlines.jtl", 57, 15, 12),
        ("no-header.jtl", 95, 4, 9),
        ("formatted-stamps.csv", 63, 8, 6),
        ("refused.jtl", 9, 9, 1),
        ("all-columns.csv", 62, 2, 5),
        ("v2.13.jtl", 46, 2, 4),
        ("taurus-jmeter-kpi.jtl", 199, 27, 6),
        ("taurus-locust-kpi.jtl", 299, 13, 21),
        ("locust-listener.csv", 299, 7, 25),
    ],
)
def test_every_sample_counts_once(name, requests, failures, users):
    assert kind_of(HERE / name) == KIND
    load, _, bad = loaded(HERE / name)
    whole, series = load.totals[0], load.series[0]
    assert (whole.requests, whole.failures) == (requests, failures)
    assert (series.requests.sum(), series.failures.sum()) == (requests, failures)
    assert np.nanmax(series.users) == users
    assert sum(error.count for error in load.errors) == failures
    assert not bad.count


def test_percentiles_are_those_of_the_samples():
    load, _, _ = loaded(HERE / "default.jtl")
    whole = load.totals[0]
    assert (whole.p50_s, whole.p95_s, whole.max_s) == (0.001, 0.948, 0.99)


def test_transaction_controllers_are_left_out_and_it_is_said():
    _, reading, _ = loaded(HERE / "default.jtl")
    assert any("48 rows of transaction controllers were left out" in n for n in reading.notes)


def test_parent_samples_stand_for_their_requests_where_nothing_else_does(tmp_path):
    message = '"Number of samples in transaction : 2, number of failing samples : 0"'
    text = rows(*(f"{1795406360793 + i},50,T1,200,{message},A 1-1,true,1" for i in range(20)))
    load, reading, _ = loaded(write(tmp_path, text))
    assert load.totals[0].requests == 20
    assert any("parent samples" in note for note in reading.notes)


def test_failures_keep_their_kind():
    kinds = {e.kind for e in loaded(HERE / "refused.jtl")[0].errors}
    assert kinds == {"refused"}
    texts = {e.text for e in loaded(HERE / "newlines.jtl")[0].errors}
    assert any(text.startswith("assertion: Test failed") for text in texts)


def test_without_a_header_the_defaults_of_a_release_are_tried_and_said():
    _, reading, _ = loaded(HERE / "no-header.jtl")
    assert (
        "without a header: the columns were taken for the defaults of JMeter 5.0"
        in (reading.notes[0])
    )


@pytest.mark.parametrize("columns", [10, 12, 14, 16])
def test_defaults_of_older_releases_are_known(columns, tmp_path):
    first = ["1795406360793", "54", "page", "200", "OK", "A 1-1", "text", "true"]
    rest = {10: "9,53", 12: "9,2,2,53", 14: ",9,2,2,53,0", 16: ",9,1,2,2,53,0,46"}[columns]
    path = write(tmp_path, "\n".join([",".join([*first, *rest.split(",")])] * 3) + "\n")
    assert kind_of(path) == KIND
    assert loaded(path)[0].totals[0].requests == 3


def test_what_no_default_fits_is_refused(tmp_path):
    assert kind_of(write(tmp_path, "1795406360793,54,page,200,OK\n" * 3)) != KIND
    assert kind_of(write(tmp_path, "1795406360793,x,page,200,OK,a,text,true,9,53\n" * 3)) != KIND


def test_formatted_stamps_are_local_times():
    load, reading, _ = loaded(HERE / "formatted-stamps.csv")
    assert reading.naive and reading.date_known
    assert load.series[0].at_s[0] == 1795388602.0  # 23:03:22 of New York, read as UTC


@pytest.mark.parametrize(
    ("stamp", "sure"),
    [
        ("So Nov 22 23:03:21 2026", True),
        ("22.11.2026 23:03:21,524", True),
        ("11/22/2026 11:03:21 PM", True),
        ("2026-11-22T23:03:21.524", True),
        ("11/12/2026 23:03:21", False),
    ],
)
def test_stamps_of_other_languages(stamp, sure, tmp_path):
    text = rows(*(f'"{stamp}",50,a,200,OK,A 1-1,true,1' for _ in range(5)))
    load, reading, _ = loaded(write(tmp_path, text))
    assert load.totals[0].requests == 5
    assert reading.date_known is sure


def test_stamps_at_the_end_of_samples_show_in_the_order_of_rows():
    load, reading, _ = loaded(HERE / "taurus-locust-kpi.jtl")
    assert load.tool == "locust by taurus"
    assert any("those at which samples ended" in note for note in reading.notes)
    _, reading, _ = loaded(HERE / "default.jtl")
    assert not any("those at which samples ended" in note for note in reading.notes)


def test_threads_of_several_engines_are_summed_up(tmp_path):
    made = []
    for i in range(40):
        engine, threads = (("10.0.0.1:1099", 5), ("10.0.0.2:1099", 7))[i % 2]
        made.append(f"{1795406360000 + i * 100},50,a,200,OK,{engine}-A 1-1,true,{threads}")
    load, reading, _ = loaded(write(tmp_path, rows(*made)))
    assert load.series[0].users[-1] == 12
    assert any("2 engines" in note for note in reading.notes)


def test_a_second_run_without_a_header_is_told_apart(tmp_path):
    text = (HERE / "taurus-jmeter-kpi.jtl").read_text()
    again = "".join(
        str(int(line[:13]) + 60_000) + line[13:] for line in text.splitlines(keepends=True)[1:]
    )
    load, reading, _ = loaded(write(tmp_path, text + again))
    assert load.totals[0].requests == 199
    assert "2 runs stand one behind another" in reading.notes[0]
    load, reading, _ = loaded(write(tmp_path, text + text))
    assert load.totals[0].requests == 199


def test_a_torn_tail_costs_one_line(tmp_path):
    text = (HERE / "default.jtl").read_text()
    whole = loaded(write(tmp_path, text))[0].totals[0].requests
    load, reading, bad = loaded(write(tmp_path, text.rstrip("\n")[:-30]))
    assert load.totals[0].requests >= whole - 1
    assert bad.count == 1
    assert any("was cut" in note for note in reading.notes)


def test_a_torn_quote_does_not_swallow_its_neighbours(tmp_path):
    lines = (HERE / "default.jtl").read_text().splitlines()
    lines[50] = lines[50][:20] + ',"torn'
    load, _, bad = loaded(write(tmp_path, "\n".join(lines) + "\n"))
    assert load.totals[0].requests in (192, 193)
    assert bad.count == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda t: "\ufeff" + t,
        lambda t: t.replace("\n", "\r\n"),
        lambda t: "sep=,\n" + t,
        lambda t: t.replace(",", ";"),
        lambda t: t.replace(",", "\t"),
        lambda t: t.replace(",", "~"),
        lambda t: t.replace("\n", "\n\n"),
    ],
    ids=["bom", "crlf", "sep", "semicolon", "tab", "tilde", "blank lines"],
)
def test_whatever_a_spreadsheet_did(change, tmp_path):
    text = (HERE / "taurus-jmeter-kpi.jtl").read_text()
    path = write(tmp_path, change(text))
    assert kind_of(path) == KIND
    load, _, bad = loaded(path)
    assert (load.totals[0].requests, load.totals[0].failures) == (199, 27)
    assert not bad.count


def test_packed_and_in_utf_16(tmp_path):
    text = (HERE / "taurus-jmeter-kpi.jtl").read_text()
    assert loaded(write(tmp_path, gzip.compress(text.encode())))[0].totals[0].requests == 199
    assert loaded(write(tmp_path, text.encode("utf-16")))[0].totals[0].requests == 199


def test_a_header_alone_is_said(tmp_path):
    reading, bad = read(write(tmp_path, HEADER + "\n"), KIND)
    assert not reading.loads and not bad.count
    assert reading.notes == ["it has a header and no samples"]


def test_lines_point_into_the_file_across_quoted_line_ends():
    load, _, _ = loaded(HERE / "newlines.jtl")
    lines = (HERE / "newlines.jtl").read_text().split("\n")
    for error in load.errors:
        assert error.route in lines[error.line - 1]


def test_status_tells_where_success_was_not_saved(tmp_path):
    text = rows(
        "1795406360793,50,a,200",
        "1795406360893,50,a,503",
        header="timeStamp,elapsed,label,responseCode",
    )
    load, reading, _ = loaded(write(tmp_path, text))
    assert load.totals[0].failures == 1
    assert any("told from its status" in note for note in reading.notes)


def test_the_generators_own_want_is_told(tmp_path):
    text = rows(
        *[
            "1795406360793,5,a,Non HTTP response code: java.net.BindException,"
            "Non HTTP response message: Cannot assign requested address,A 1-1,false,1"
        ]
        * 3
    )
    _, reading, _ = loaded(write(tmp_path, text))
    sizes = {o.metric: o.at_s.size for o in reading.occurrences}
    assert sizes["message.generator.no_local_address_per_s"] == 3
    assert sizes["message.generator.too_many_open_files_per_s"] == 0


LABEL = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 60_000), st.integers(0, 3000), LABEL, st.booleans()),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_was_written_is_read(tmp_path, samples):
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["timeStamp", "elapsed", "label", "success"])
    samples.sort(key=lambda s: s[0] + s[1])  # as JMeter writes them
    for offset, elapsed, label, success in samples:
        writer.writerow([1795406360000 + offset, elapsed, label, str(success).lower()])
    load, _, bad = loaded(write(tmp_path, out.getvalue()))
    assert not bad.count
    assert load.totals[0].requests == len(samples)
    assert load.totals[0].failures == sum(not s for *_, s in samples)
    assert {t.route for t in load.totals[1:]} == {
        " ".join(x[2].split()) or "(no label)" for x in samples
    }

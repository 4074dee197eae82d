"""JMeter's XML results: requests are counted, not what repeats them."""

from __future__ import annotations

import pytest
from reading import FIXTURES, kind_of, read, write

HERE = FIXTURES / "jmeter_xml"
KIND = "jmeter_xml"


def loaded(path):
    reading, bad = read(path, KIND)
    (load,) = reading.loads
    return load, reading, bad


def sample(kind: str, at: int, inner: str = "", message: str = "OK", **more: str) -> str:
    given = {"s": "true", "rc": "200", "tn": "A 1-1", "na": "1", "lb": "a", **more}
    attributes = " ".join(f'{k}="{v}"' for k, v in given.items())
    return f'<{kind} t="50" ts="{at}" rm="{message}" {attributes}>{inner}</{kind}>\n'


def document(*samples: str) -> str:
    return f'<?xml version="1.0"?>\n<testResults version="1.2">\n{"".join(samples)}</testResults>\n'


def test_a_killed_run_keeps_what_was_written():
    load, reading, _ = loaded(HERE / "killed.xml")
    assert kind_of(HERE / "killed.xml") == KIND
    assert load.totals[0].requests == 41
    assert any("no end tag" in note for note in reading.notes)
    assert load.totals[0].line == 3


def test_of_two_runs_the_last_is_read():
    load, reading, bad = loaded(HERE / "two-runs.xml")
    assert any("2 runs stand one behind another" in note for note in reading.notes)
    assert load.totals[0].requests == 59
    assert not bad.count


def test_assertions_with_line_ends_are_kept_in_one_line():
    load, _, _ = loaded(HERE / "newlines.xml")
    (text,) = {e.text for e in load.errors if e.text.startswith("assertion")}
    assert 'line one line "two"' in text


def test_a_file_of_failures_is_not_the_load_of_the_run():
    load, reading, _ = loaded(HERE / "taurus-error.jtl")
    assert load.tool == "jmeter failures"
    assert any("failures only" in note for note in reading.notes)
    assert {e.kind for e in load.errors} == {"status"}


def test_a_transactions_parts_are_the_requests_and_a_requests_parts_are_not(tmp_path):
    said = "Number of samples in transaction : 2, number of failing samples : 0"
    at = 1795406360000
    inner = sample("httpSample", at) + sample("httpSample", at + 60)
    redirected = sample("httpSample", at + 200, sample("httpSample", at + 201), lb="b")
    text = document(sample("sample", at, inner, said, lb="T1"), redirected)
    load, _, _ = loaded(write(tmp_path, text))
    assert [(t.route, t.requests) for t in load.totals] == [("", 3), ("a", 2), ("b", 1)]


def test_what_cannot_be_read_costs_itself_only(tmp_path):
    at = 1795406360000
    lines = [sample("httpSample", at + i * 10) for i in range(20)]
    lines[7] = lines[7].replace('rm="OK"', 'rm="&#x0;"')
    lines[12] = "<httpSample t=\n"
    load, _, bad = loaded(write(tmp_path, document(*lines)))
    assert load.totals[0].requests == 18
    assert bad.count == 2
    assert [number for number, _ in bad.kept] == [10, 16]


def test_two_files_one_behind_another(tmp_path):
    at = 1795406360000
    first = document(*(sample("httpSample", at + i * 10) for i in range(20)))
    second = document(*(sample("httpSample", at + 60_000 + i * 10) for i in range(15)))
    load, reading, bad = loaded(write(tmp_path, first + second))
    assert load.totals[0].requests == 15
    assert not bad.count and "2 runs stand" in reading.notes[0]
    load, _, _ = loaded(write(tmp_path, first[:-200] + second))
    assert load.totals[0].requests == 15


def test_old_attributes_are_known(tmp_path):
    text = (
        '<testResults><sampleResult timeStamp="1120236096787" time="50" label="a" '
        'responseCode="200" success="true" threadName="A 1-1"/></testResults>'
    )
    assert loaded(write(tmp_path, text))[0].totals[0].requests == 1


def test_no_samples_and_no_result(tmp_path):
    reading, _ = read(write(tmp_path, document()), KIND)
    assert not reading.loads and reading.notes == ["it holds no samples"]
    assert kind_of(write(tmp_path, "<testsuite><testcase/></testsuite>")) != KIND


def test_entities_of_a_document_type_are_refused(tmp_path):
    text = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa">]>\n' + document()[22:]
    _, bad = read(write(tmp_path, text), KIND)
    assert bad.count


@pytest.mark.parametrize("size", [1, 64, 4096])
def test_the_size_of_pieces_does_not_matter(size, monkeypatch):
    from diagnose.collectors import _jmeter_elements

    whole = loaded(HERE / "two-runs.xml")[0].totals
    monkeypatch.setattr(_jmeter_elements, "PIECE", size)
    assert loaded(HERE / "two-runs.xml")[0].totals == whole

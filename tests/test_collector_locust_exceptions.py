"""Locust's exceptions: records of many lines, no times."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, write

from diagnose.rawfile import Head

REAL = FIXTURES / "locust_exceptions" / "exceptions.csv"
HEADER = "Count,Message,Traceback,Nodes\r\n"


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(REAL) == "locust_exceptions"
    reading, bad = read(REAL, "locust_exceptions")
    assert [(o.part, o.at_s.size, o.lines[0]) for o in reading.occurrences] == [
        ("'nope'", 114, 2),
        ("Expecting value: line 1 column 1 (char 0)", 38, 12),
    ]
    assert np.isnan(reading.occurrences[0].at_s).all() and bad.count == 0


def test_a_header_alone_clears(tmp_path):
    reading, _ = read(write(tmp_path, HEADER), "locust_exceptions")
    (none,) = reading.occurrences
    assert none.metric == "message.generator.exception_per_s" and none.at_s.size == 0


def test_a_torn_traceback_is_noted_and_hides_nothing_before_it(tmp_path):
    reading, bad = read(write(tmp_path, REAL.read_bytes()[:700]), "locust_exceptions")
    assert [o.at_s.size for o in reading.occurrences] == [114]
    assert bad.count > 0


def test_another_table_with_counts_is_not_claimed():
    assert kind_of_head(Head.of(b"Count,Message\n3,x\n")) != "locust_exceptions"


@given(st.text(st.characters(blacklist_categories=["C"]), max_size=40), st.integers(1, 500))
def test_what_we_write_we_read_back(tmp_path_factory, message, count):
    quoted = '"' + message.replace('"', '""') + '"'
    text = f'{HEADER}{count},{quoted},"a\nb, ""c""\n",local\r\n'
    reading, bad = read(write(tmp_path_factory.mktemp("written"), text), "locust_exceptions")
    assert [o.at_s.size for o in reading.occurrences] == [count] and bad.count == 0

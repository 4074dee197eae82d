"""file-nr, stamped and lone, with a torn tail."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from reading import FIXTURES, kind_of, kind_of_head, read, sample

from diagnose.rawfile import Head

STAMPED = FIXTURES / "file_handles" / "stamped.txt"


def test_a_real_file_is_told_by_its_content_and_read():
    assert kind_of(STAMPED) == "file_handles"
    reading, bad = read(STAMPED, "file_handles")
    handles = sample(reading, "files.system_open")
    np.testing.assert_allclose(handles.values, [27, 60, 60, 60, 60])
    np.testing.assert_allclose(handles.at_s[:2], [1795406687.306, 1795406689.298])
    assert [limit.value for limit in reading.limits] == [65536]
    assert bad.kept == [(6, "74\t0")]


def test_a_lone_output_has_no_time(tmp_path):
    lone = tmp_path / "x"
    lone.write_text("1184\t0\t9223372036854775807\n")
    reading, _ = read(lone, "file_handles")
    assert np.isnan(sample(reading, "files.system_open").at_s).all()


def test_other_numbers_are_not_claimed():
    assert kind_of_head(Head.of(b"5 262144\n6 262144\n")) != "file_handles"


@given(st.lists(st.tuples(st.integers(0, 2**40), st.integers(1, 2**60)), min_size=1))
def test_what_we_write_we_read_back(rows):
    text = "".join(f"1795406687.5 {used}\t0\t{top}\n" for used, top in rows)
    assert kind_of_head(Head.of(text.encode())) == "file_handles"

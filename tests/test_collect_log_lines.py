"""A log's bytes on their way: nothing is torn, however they come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from diagnose.collect.log_lines import Lines, ToLineEnd

PIECES = st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\r", b"\n")), max_size=12)


@given(PIECES, st.integers(0, 200))
def test_a_half_line_is_read_to_its_end_and_no_further(pieces, length):
    whole, given_on = b"".join(pieces), []
    sink = ToLineEnd(given_on.append, length)
    for piece in pieces:
        sink(piece)
    got = b"".join(given_on)
    assert whole.startswith(got) and len(got) >= min(length, len(whole))
    beyond = got[length:]
    assert not beyond or b"\n" not in beyond[:-1]
    assert len(got) in (length, len(whole)) or got.endswith(b"\n")


@given(PIECES, st.integers(0, 200))
def test_lines_are_given_whole_and_never_more_than_the_limit(pieces, limit):
    given_on: list[bytes] = []
    lines = Lines(given_on.append, limit)
    for piece in pieces:
        lines(piece)
    lines.end_part(whole=True)
    got, whole = b"".join(given_on), b"".join(pieces)
    assert len(got) <= limit and (whole + b"\n").startswith(got)
    assert lines.truncated or got in (whole, whole + b"\n")
    assert not got or got.endswith(b"\n")

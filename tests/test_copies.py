"""Two formats of one log are one log; two sites, and rotated files, are not."""

import numpy as np

from diagnose.copies import without_copies
from diagnose.readings import Requests

TIMES = 1_790_000_000 + np.sort(np.random.default_rng(1).uniform(0, 60, 600))


def a_log(ended_s, **columns):
    return Requests(ended_s, np.arange(ended_s.size), **columns)


def test_the_format_that_tells_most_is_kept():
    plain = a_log(np.floor(TIMES), status=np.full(600, 200.0))
    timed = a_log(TIMES, status=np.full(600, 200.0), duration_s=np.full(600, 0.1))
    assert without_copies([("combined.log", plain), ("timed.log", timed)]) == (
        [1],
        ["combined.log"],
    )


def test_rotated_logs_stay():
    logs = [("access.log", a_log(TIMES + 60)), ("access.log.1", a_log(TIMES))]
    assert without_copies(logs) == ([0, 1], [])


def test_logs_of_two_sites_stay():
    other = 1_790_000_000 + np.sort(np.random.default_rng(2).uniform(0, 60, 450))
    assert without_copies([("a.log", a_log(TIMES)), ("b.log", a_log(other))]) == ([0, 1], [])


def test_a_copy_of_a_file_counts_once():
    logs = [("access.log", a_log(TIMES)), ("copy/access.log", a_log(TIMES))]
    assert without_copies(logs) == ([0], ["copy/access.log"])

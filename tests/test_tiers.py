"""A tier's requests: whose failures they are."""

import math

import numpy as np
import pytest

from diagnose.tiers import TierLog

NAN = math.nan


def a_log(status, upstream_status):
    size = len(status)
    unknown = np.full(size, NAN)
    return TierLog(
        "lb",
        "raw/lb/access.log",
        np.arange(size, dtype=float),
        np.arange(size),
        np.array(status, float),
        unknown,
        unknown,
        unknown,
        unknown,
        np.array(upstream_status, float),
        unknown,
        unknown,
        unknown,
    )


@pytest.mark.parametrize(
    ("status", "upstream", "behind"),
    [
        ([200, 502, 504, 500, 503], [NAN] * 5, [False, True, True, False, False]),
        ([200, 502, 500, 503], [200, NAN, 500, NAN], [False, False, True, False]),
    ],
)
def test_a_gateway_tells_of_its_upstream_by_its_own_status_for_want_of_a_better(
    status, upstream, behind
):
    log = a_log(status, upstream)
    assert log.refused_behind.tolist() == behind
    assert (log.born | log.refused_behind).tolist() == log.refused.tolist()

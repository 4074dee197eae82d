"""One test that its tool wrote in several formats is one load, told by the one that knows most."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from reading import FIXTURES, kind_of

from diagnose.ingest import read
from diagnose.loadchoice import all_tests
from diagnose.plugins import COLLECTORS
from diagnose.rundir import RawPath

LOCUST = [
    FIXTURES / "locust_json" / "final.json.gz",
    FIXTURES / "locust_report" / "report.html.gz",
    FIXTURES / "locust_report" / "history.csv.gz",
]
GATLING = [FIXTURES / "gatling" / name for name in ("stats.json", "v3.3.1.log.gz")]
ARTILLERY = [FIXTURES / "artillery" / name for name in ("v2.json.gz", "v2.txt.gz")]


def told_by(paths, tmp_path):
    sources = []
    for path in paths:
        where = tmp_path / f"{path.parent.name}-{path.name}"
        shutil.copy(path, where)
        sources.append(
            read(RawPath(shown=where.name, where=where, folder=""), COLLECTORS[kind_of(where)], {})
        )
    return all_tests(sources)


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "paths, kind, requests, users",
    [
        (LOCUST, "locust_history", 8785, 140),
        (GATLING, "gatling_log", 907, 38),
        (ARTILLERY, "artillery_report", 13692, None),
    ],
)
def test_the_view_with_response_times_and_a_clock_is_judged(
    tmp_path, paths, kind, requests, users, order
):
    tests = told_by(paths[::order], tmp_path)
    (trial,) = tests.trials
    assert (trial.main.source.kind, len(trial.paths)) == (kind, len(paths))
    assert trial.totals().requests == requests
    assert np.isfinite(trial.main.series.mean_s).any()
    assert users is None or np.nanmax(trial.main.series.users) == users

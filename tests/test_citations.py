"""Each number names the lines that it was read from, and they hold it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

import pytest
from golden import NAMES, Goldens

from diagnose.model import Diagnosis, Evidence

LINES = re.compile(r"(?P<path>[^:]+)(?::(?P<first>\d+)(?:-(?P<last>\d+))?)?")


def cited(source: str) -> Iterator[tuple[str, int, int]]:
    for one in re.split(r" \+ | → ", source):
        match = LINES.fullmatch(one)
        assert match, source
        first = int(match["first"] or 0)
        yield match["path"], first, int(match["last"] or first)


def sources(d: Diagnosis) -> Iterator[tuple[str, str]]:
    for suspect in d.suspects:
        yield from ((e.says, e.source) for e in suspect.for_)
    yield from ((c.says, c.source) for c in d.cleared)
    yield from ((c.says, c.source) for c in d.capacity)
    yield from ((t.component, t.source) for t in d.ladder.tiers)
    yield from ((r.name, r.source) for r in d.ladder.rungs)
    if d.load is not None:
        yield d.load.tool, d.load.source


@pytest.mark.parametrize("name", NAMES)
def test_every_number_names_lines_that_are_there(golden: Goldens, name: str) -> None:
    diagnosis = golden[name].diagnosis
    length = {s.path: s.lines for s in diagnosis.sources}
    for says, source in sources(diagnosis):
        assert source, says
        for path, first, last in cited(source):
            assert path in length, (says, source)
            assert first <= last <= length[path], (says, source)


def told(d: Diagnosis, words: str) -> Evidence:
    return next(e for s in d.suspects for e in s.for_ if e.says.startswith(words))


@pytest.mark.parametrize("name", ["founding", "lb1_worker_connections"])
def test_as_many_messages_stand_in_the_lines_as_were_counted(golden: Goldens, name: str) -> None:
    seen = told(golden[name].diagnosis, "log: worker_connections are not enough:")
    ((path, first, last),) = cited(seen.source)
    log = (golden.path(name) / path).read_text(encoding="utf-8").splitlines()
    mine = [line for line in log[first - 1 : last] if line.endswith("are not enough")]
    assert len(mine) == seen.value
    assert mine[0] == log[first - 1] and mine[-1] == log[last - 1]
    assert seen.unit == "1"


def test_a_counter_names_the_readings_that_it_is_the_difference_of(golden: Goldens) -> None:
    seen = told(golden["founding"].diagnosis, "received and dropped")
    ((path, first, last),) = cited(seen.source)
    lines = (golden.path("founding") / path).read_text(encoding="utf-8").splitlines()

    def dropped(number: int) -> int:
        links = json.loads(lines[number - 1].partition(" ")[2])
        return next(k["stats64"]["rx"]["dropped"] for k in links if k["ifname"] == "eth0")

    assert dropped(last) - dropped(first) == pytest.approx(seen.value, rel=0.03)


@pytest.mark.parametrize("name", NAMES)
def test_bursts_of_reports_do_not_swell_the_throughput(golden: Goldens, name: str) -> None:
    load = golden[name].diagnosis.load
    history = golden.path(name) / "raw/client/run_stats_history.csv"
    with history.open(encoding="utf-8", newline="") as file:
        most = max(float(row["Requests/s"]) for row in csv.DictReader(file))
    assert load is not None
    assert load.throughput_max_per_s == pytest.approx(most, rel=0.12)


def test_failures_of_the_generator_are_cited_from_the_file_that_lists_them(golden: Goldens) -> None:
    run = golden["founding"].run
    assert run.load is not None
    assert {e.path for e in run.load.errors} == {"raw/client/run_failures.csv"}

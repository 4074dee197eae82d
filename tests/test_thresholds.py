"""What --fail-on refuses, and how it says so."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from sample_diagnosis import founding

from diagnose.errors import UsageError
from diagnose.model import Diagnosis
from diagnose.thresholds import Condition, parse


@pytest.fixture
def diagnosis() -> Diagnosis:
    made, _ = founding()
    assert made.load is not None
    load = replace(made.load, requests=1000, failures=20, p95_s=0.4, throughput_max_per_s=3200)
    return replace(made, verdict="bottleneck", load=load)


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("p95>500ms", False),
        ("p95>0.3s", True),
        ("p95 < 500 ms", True),
        ("failures>1%", True),
        ("failures>0.05", False),
        ("throughput<3000", False),
        ("throughput<3500/s", True),
        ("bottleneck", True),
    ],
)
def test_a_condition_holds_or_not(diagnosis: Diagnosis, text: str, holds: bool) -> None:
    (condition,) = parse(text)
    assert condition.holds(diagnosis) is holds


def test_several_are_separated_by_commas() -> None:
    assert [c.name for c in parse(" p95>1s, failures>1% ,bottleneck,")] == [
        "p95",
        "failures",
        "bottleneck",
    ]
    assert parse("") == []


@pytest.mark.parametrize(
    "text",
    ["p95", "p95>>1", "p95>1%", "p42>1s", "failures>1s", "throughput<-1", "latency>1s", ">1"],
)
def test_what_is_not_understood_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert repr(text) in caught.value.what and "p95>500ms" in caught.value.hint
    assert caught.value.exit_code == 2


def test_what_was_not_measured_cannot_be_passed(diagnosis: Diagnosis) -> None:
    assert diagnosis.load is not None
    unknown = replace(diagnosis, load=replace(diagnosis.load, p95_s=math.nan))
    assert Condition("p95", True, 1.0).holds(unknown)
    assert Condition("p95", True, 1.0).holds(replace(diagnosis, load=None))


def test_a_refusal_names_the_limit_and_the_value(diagnosis: Diagnosis) -> None:
    (condition,) = parse("p95>300ms")
    assert condition.says(diagnosis) == "--fail-on p95>300 ms: it is 400 ms"
    assert Condition("bottleneck").says(diagnosis) == "--fail-on bottleneck: there is one"

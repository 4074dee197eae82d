"""One sentence, true of what was found, for every kind of run."""

from dataclasses import replace

import numpy as np
from cases import GRID_S, a_run

from diagnose.model import (
    NAN,
    Birthplace,
    Experiment,
    Explains,
    Fitness,
    Place,
    Rung,
    Suspect,
    Symptom,
)
from diagnose.verdict import sentence, verdict_of

FIT = (Fitness("long_enough", True, "60 s of load, 6,000 requests"),)
UNFIT = (Fitness("long_enough", False, "5 s of load with 40 requests is too little"),)
SATURATED = (Fitness("load_generator_saturated", False, "one processor is 99 % busy"),)


def a_suspect(level: str = "likely", seconds: float = 0.9, failures: float = NAN) -> Suspect:
    return Suspect(
        1,
        "web",
        "cpu",
        "processors-are-full",
        level,
        0.8,
        "the processors are 98 % busy (of 4)",
        Explains(0.36, seconds, failures),
        28.0,
        (),
        (),
        (),
        Experiment("", "", ""),
        "",
    )


def told(run, suspects, checks=FIT):
    verdict = verdict_of(run, checks, suspects)
    return verdict, sentence(run, verdict, suspects, checks)


def test_a_likely_suspect_is_the_verdict():
    verdict, text = told(a_run(), [a_suspect()])
    assert verdict == "bottleneck"
    assert text == (
        "web: the processors are 98 % busy (90 % of the added time lies there). "
        "At 120/s and 60 users, 30 s in, response times rose from 100 ms to 500 ms."
    )


def test_failures_that_nobody_explains_are_placed():
    run = a_run(rise_s=0.0, failures=400, symptom=Symptom.FAILURES)
    lost = Birthplace("between lb and web", (("web", Place.FRONT),), 390.0)
    run.ladder = replace(run.ladder, births=(lost, Birthplace("inside lb", (), 10.0)))
    _, text = told(run, [a_suspect("possible")])
    assert "; 98 % of the failures began between lb and web; why" in text


def test_a_possible_suspect_is_no_verdict():
    rung = Rung("behind lb", (("web", Place.INSIDE),), 0.1, 0.5)
    verdict, text = told(a_run(rungs=(rung,)), [a_suspect("possible")])
    assert verdict == "insufficient_evidence"
    assert "100 % of the added time is behind lb" in text
    assert "First to look at: web" in text


def test_a_stretch_that_two_share_is_told_once():
    rung = Rung("in front of lb", (("lb", Place.FRONT), ("gw", Place.PATH)), 0.0, 0.4)
    two = [a_suspect(), replace(a_suspect(), component="gw", rank=2)]
    _, text = told(a_run(rungs=(rung,)), two)
    assert text.count("of the added time") == 1
    assert "is in front of lb, where they stand" in text


def test_failures_are_told_as_failures():
    _, text = told(a_run(symptom=Symptom.FAILURES), [a_suspect(seconds=NAN, failures=0.97)])
    assert "(97 % of the failures lie there)" in text


def test_a_run_that_never_turned_has_no_bottleneck():
    verdict, text = told(a_run(limited=False), [])
    assert verdict == "no_bottleneck"
    assert text.startswith("No bottleneck: throughput followed the load up to 120/s and 120 users")


def test_a_generator_that_was_the_limit_does_not_acquit_the_servers():
    verdict, text = told(a_run(limited=False), [], SATURATED)
    assert verdict == "insufficient_evidence"
    assert text.startswith("The servers were not tested beyond")


def test_a_run_too_short_is_not_judged():
    verdict, text = told(a_run(), [a_suspect()], UNFIT)
    assert verdict == "insufficient_evidence"
    assert text.startswith("The run cannot be judged: 5 s of load")


BORN = (Birthplace("inside web", (("web", Place.INSIDE),), 600.0),)


def test_failures_at_any_load_are_told_and_are_no_limit():
    run = a_run(limited=False)
    run.load = replace(run.load, failures=0.1 * run.load.requests)
    run.ladder = replace(run.ladder, births=BORN)
    verdict, text = told(run, [])
    assert verdict == "no_bottleneck"
    assert "But 10 % of all requests failed (600 of them inside web), at any load alike" in text


def test_a_run_that_failed_from_the_first_request_on_acquits_nobody():
    run = a_run(limited=False)
    run.load = replace(run.load, failures=run.load.requests)
    failed = Fitness("no_errors_from_the_start", False, "100 % of the first requests failed")
    verdict, text = told(run, [], (*FIT, failed))
    assert verdict == "insufficient_evidence"
    assert "6,000 of 6,000 requests failed: that tells of no load" in text


def test_stalls_that_come_and_go_are_no_acquittal():
    run = a_run(limited=False)
    run.latency_s = np.where((GRID_S > 30) & (GRID_S % 8 < 3), 1.5, 0.1)
    verdict, text = told(run, [])
    assert verdict == "insufficient_evidence"
    assert "nothing turned for good" in text and "look at the single stalls" in text

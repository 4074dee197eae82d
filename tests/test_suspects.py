"""What is told under what: causes, leads that only name a place, and what statistics name."""

import math

import numpy as np
from cases import USERS, a_case, a_run, step

from diagnose.charge import charge
from diagnose.model import Experiment, Place, Rung
from diagnose.plugins import RULES, load
from diagnose.suspects import moved, suspects

load("rules")

IN_DB = Rung("db, as app sees it", (("the_db", Place.INSIDE),), 0.1, 0.5)
IN_LB = Rung("inside the_lb", (("the_lb", Place.INSIDE),), 0.001, 0.001)
STATEMENT, PLACE, CPU = (
    "statement-reads-too-many-rows",
    "database-holds-the-request",
    "database-processors-are-full",
)


REST = {
    "evidence": (),
    "experiment": Experiment("", "", ""),
    "fix": "",
    "onset_s": 30.0,
    "grows_with_load": True,
}


def charges(*given):
    run = a_run(rungs=(IN_DB,))
    case = a_case("db", run=run)
    a_case("lb", run=run, sends_to=("the_db",))
    run.cases = {"the_db": case}
    made = [
        charge(
            run,
            case,
            RULES[name],
            case.finding(resource, name, Place.INSIDE, mechanism=seen, **REST),
        )
        for name, resource, seen in given
    ]
    return suspects(run, made)[0]


def test_a_lead_that_names_a_statement_stands_before_one_that_names_the_place_alone():
    found = charges((PLACE, "unexplained", False), (STATEMENT, "slow_query", False))
    assert [(s.resource, s.level) for s in found] == [("slow_query", "possible")]
    assert found[0].also == (f"the_db: {PLACE}",)


def test_what_may_be_behind_a_likely_suspect_is_told_under_it():
    found = charges((STATEMENT, "slow_query", False), (CPU, "cpu", True))
    assert [(s.resource, s.level) for s in found] == [("cpu", "likely")]
    assert found[0].also == (f"the_db: {STATEMENT}",)


def test_statistics_do_not_name_a_component_that_holds_none_of_the_symptom():
    run = a_run(rungs=(IN_DB, IN_LB))
    busy = {"cpu.busy_ratio": step(0.1, 0.7)}
    lb, db = a_case("lb", busy, run=run, sends_to=("the_db",)), a_case("db", busy, run=run)
    run.cases = {"the_lb": lb, "the_db": db}
    found = moved(run, [], ("", "", ""))
    assert [s.component for s in found] == ["the_db"]
    assert all(not s.confidence > 0.3 and math.isnan(s.explains.seconds) for s in found)


def test_a_load_that_stands_still_asks_no_growth_of_a_suspect():
    def missing(users):
        run = a_run(rungs=(IN_DB,))
        run.users = users
        case = a_case("db", run=run)
        finding = case.finding(
            "cpu", CPU, Place.INSIDE, mechanism=True, **{**REST, "grows_with_load": False}
        )
        return charge(run, case, RULES[CPU], finding).missing

    assert missing(USERS) == ("growth with the load",)
    assert missing(np.minimum(USERS, 10)) == ()

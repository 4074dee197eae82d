"""What to collect is said for the database that is there."""

from __future__ import annotations

import pytest
from cases import a_case, step

from diagnose.judge import judge
from diagnose.plugins import RULES
from diagnose.readings import Fact

BUSY = {"cpu.busy_ratio": {"": step(0.2, 0.3)}}


@pytest.mark.parametrize(
    ("product", "hints"),
    [
        ("PostgreSQL", ("log_min_duration_statement=100",)),
        ("MariaDB", ("slow_query_log=1, long_query_time=0.1, log_slow_verbosity=query_plan",)),
    ],
)
def test_a_hint_is_for_the_product_at_hand(product, hints):
    assert RULES["statement-reads-too-many-rows"].hints(product) == hints


def test_all_hints_are_given_where_the_product_is_not_known():
    assert len(RULES["statement-reads-too-many-rows"].hints()) == 2


@pytest.mark.parametrize(
    ("product", "foreign", "own"),
    [("PostgreSQL", "SHOW GLOBAL STATUS", "log_lock_waits"), ("MySQL", "log_lock_waits", "SHOW")],
)
def test_nothing_is_asked_of_one_product_that_only_another_has(product, foreign, own):
    case = a_case("db", BUSY)
    case.facts["db.product"] = [(Fact("db.product", product), "raw/db/log")]
    case.run.cases = {case.component.name: case}
    asked = "; ".join(u.how_to_collect for u in judge(case.run).unknown)
    assert own in asked and foreign not in asked

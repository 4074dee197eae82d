"""What was measured for a part of the load acquits nobody."""

import numpy as np
import pytest
from cases import GRID_S, a_case, step

from diagnose.model import CannotTell, Cleared, Finding
from diagnose.rules.host_is_short_of_memory import host_is_short_of_memory
from diagnose.rules.link_damages_frames import link_damages_frames
from diagnose.rules.processors_are_full import processors_are_full

CALM = (
    (processors_are_full, "cpu.busy_ratio", step(0.1, 0.2)),
    (link_damages_frames, "nic.rx_crc_per_s", step(0.0, 0.0)),
    (host_is_short_of_memory, "memory.used_ratio", step(0.1, 0.2)),
)


@pytest.mark.parametrize(("rule", "metric", "values"), CALM)
def test_readings_that_break_off_clear_nothing(rule, metric, values):
    assert isinstance(rule(a_case("app", {metric: values})), Cleared)
    broken = rule(a_case("app", {metric: np.where(GRID_S < 32, values, np.nan)}))
    assert isinstance(broken, CannotTell)
    assert "up to the end" in broken.missing[0] or metric in broken.missing


def test_what_was_seen_before_they_broke_off_still_counts():
    busy = np.where(GRID_S < 40, step(0.2, 0.99), np.nan)
    assert isinstance(processors_are_full(a_case("app", {"cpu.busy_ratio": busy})), Finding)

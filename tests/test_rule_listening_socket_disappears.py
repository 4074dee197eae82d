"""A port that closes while the load runs and is missed is found; one nobody asks for is not."""

import numpy as np
from cases import GRID_S, a_case, never, step

from diagnose.model import Cleared, Finding, Place
from diagnose.rules.listening_socket_disappears import (
    RESETS,
    SOCKET,
    listening_socket_disappears,
)

CLOSED = np.where(GRID_S <= 31, 0.0, np.nan)


def test_a_port_that_closed_and_is_answered_with_resets():
    outcome = listening_socket_disappears(
        a_case("app", {SOCKET: {":8000": CLOSED, ":22": step(0, 0)}, RESETS: step(0, 9)})
    )
    assert isinstance(outcome, Finding) and outcome.mechanism and outcome.place is Place.FRONT
    assert outcome.says == "nobody listens on :8000 any more"
    assert outcome.onset_s == 31 and outcome.grows_with_load is True


def test_without_the_resets_it_is_a_lead():
    outcome = listening_socket_disappears(a_case("app", {SOCKET: {":8000": CLOSED}}))
    assert isinstance(outcome, Finding) and not outcome.mechanism and outcome.missing


def test_a_port_for_which_nobody_asks_is_cleared():
    found = {SOCKET: {":9999": CLOSED, ":22": step(0, 0)}, RESETS: step(0.3, 0.3)}
    assert isinstance(listening_socket_disappears(a_case("app", found)), Cleared)


def test_ports_that_stay_are_cleared():
    found = {SOCKET: {":8000": step(0, 3), ":1": never()}, RESETS: step(0, 9)}
    outcome = listening_socket_disappears(a_case("app", found))
    assert isinstance(outcome, Cleared)
    assert outcome.says == "every listening socket was there to the end"

"""Datagrams that a packet filter dropped, from where the kernel counts in front and behind."""

from __future__ import annotations

import numpy as np
from cases import GRID_S, a_case, a_pair, step

from diagnose.derived import FILTERED, derive

FLAT = np.full(GRID_S.shape, 100.0)


def lost(**rates):
    case = a_case("router", {f"ip.{name}_per_s": values for name, values in rates.items()})
    derive(case)
    return case.signal(FILTERED)


def test_what_is_neither_delivered_nor_forwarded_was_filtered():
    drops = step(0, 5)
    signal = lost(received=FLAT + drops, delivered=FLAT * 0.25, forwarded=FLAT * 0.75)
    assert np.allclose(signal.values, drops) and signal.total == 150


def test_what_is_counted_as_forwarded_and_never_sent_was_filtered_too():
    drops = step(0, 5)
    passed = {"received": FLAT, "delivered": FLAT * 0, "forwarded": FLAT, "out_requests": FLAT}
    signal = lost(**passed, out_transmits=2 * FLAT - drops)
    assert np.allclose(signal.values, drops) and signal.total == 150


def test_what_has_a_counter_of_its_own_was_not_filtered():
    signal = lost(
        received=FLAT, delivered=FLAT - 7, forwarded=FLAT * 0, rp_filter_drops=FLAT * 0 + 7
    )
    assert signal.total == 0


def test_fragments_and_what_is_too_long_for_the_next_link_were_not_filtered():
    whole = {"received": FLAT, "delivered": FLAT - 30, "forwarded": FLAT * 0}
    signal = lost(**whole, fragments=FLAT * 0.4, reassembled=FLAT * 0.2, fragment_fails=FLAT * 0.1)
    assert not signal.values.any() and signal.total == 0


def test_a_packet_more_or_less_is_none():
    noise = np.where(GRID_S % 2 == 0, 0.9, -0.9)
    assert not lost(received=FLAT + noise, delivered=FLAT, forwarded=FLAT * 0).values.any()


def test_without_its_counters_nothing_is_told():
    assert lost(received=FLAT, delivered=FLAT) is None
    assert lost(out_requests=FLAT, forwarded=FLAT) is None


def test_an_undated_pair_keeps_its_total():
    case = a_case("router")
    for name, total in (("received", 500), ("delivered", 0), ("forwarded", 400)):
        metric = f"ip.{name}_per_s"
        case.found[metric] = {"": a_pair("the_router", metric, "", total)}
    derive(case)
    assert case.signal(FILTERED).total == 100 and not case.signal(FILTERED).dated

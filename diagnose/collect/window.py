"""Which window of time is collected, where no load ran under us."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from diagnose.collect.orders import Orders
from diagnose.errors import DiagnoseError
from diagnose.manifest import Manifest
from diagnose.topology import epoch_s

LAST_S = 3600.0  # that is taken where nothing tells when the load was (a choice)


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when (epoch seconds of this machine's clock), and who says so."""

    begin_s: float
    end_s: float
    by: str


def span(orders: Orders, manifest: Manifest, generator_offset_s: float = 0.0) -> Span:
    """The window of the load: as asked for, as recorded, as diagnose.toml or the results tell it.

    generator_offset_s: the clock that the results were written by, minus ours.
    """
    now_s = time.time()
    if not math.isnan(orders.since_s):
        return Span(orders.since_s, _or(orders.until_s, now_s), "as asked for")
    if not math.isnan(manifest.began_s):
        return Span(manifest.began_s, _or(manifest.ended_s, now_s), "the load that was recorded")
    told = _told(orders, generator_offset_s)
    if told is not None:
        return Span(told.begin_s, min(_or(orders.until_s, told.end_s), told.end_s), told.by)
    end_s = _or(orders.until_s, now_s)
    return Span(end_s - LAST_S, end_s, "nothing tells when the load was, so the last hour of it")


def _told(orders: Orders, generator_offset_s: float) -> Span | None:
    """What diagnose.toml and the load test's results say, as `diagnose analyze` reads them."""
    from diagnose.gather import gather
    from diagnose.plugins import load
    from diagnose.rundir import RunDirectory
    from diagnose.timeline import lay_out

    said = orders.settings
    if said.begin and said.end:
        begin_s, end_s = (epoch_s(text, said.timezone) for text in (said.begin, said.end))
        return Span(begin_s, end_s, "as diagnose.toml says")
    load("collectors")
    try:
        grid, curve, _ = lay_out(gather(RunDirectory.open(orders.run), lambda _: None))
    except DiagnoseError:
        return None
    if curve is None or not grid.dated:
        return None
    begin_s = grid.start_s - generator_offset_s
    return Span(begin_s, begin_s + grid.load_s, f"as {curve.summary.source} tells")


def _or(value: float, other: float) -> float:
    return other if math.isnan(value) else value

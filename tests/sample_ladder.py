"""The founding story's numbers: load, tiers, the ladder, capacities."""

from __future__ import annotations

from diagnose.model import NAN, Birthplace, Capacity, Ladder, LoadSummary, Place, Rung, Tier
from diagnose.readings import LoadError, LoadTotals


def at(second: int) -> str:
    """A second of the load as ISO 8601."""
    return f"2026-11-23T04:{4 + (53 + second) // 60:02d}:{(53 + second) % 60:02d}Z"


def rungs() -> tuple[Rung, ...]:
    def rung(name: str, before: float, after: float, *owners: tuple[str, Place]) -> Rung:
        return Rung(name, owners, before, after, "mean of one less mean of the next", "raw/…")

    return (
        rung("in front of lb1", 0.004, 0.354, ("lb1", Place.FRONT), ("router", Place.PATH)),
        rung("inside lb1", 0.001, 0.091, ("lb1", Place.INSIDE)),
        rung("lb1 to lb2", 0.0011, 0.0009, ("lb1", Place.BEHIND), ("lb2", Place.FRONT)),
        rung("inside lb2", 0.001, 0.002, ("lb2", Place.INSIDE)),
        rung("inside api", 0.012, 0.021, ("api", Place.INSIDE)),
        rung("db, as api sees it", 0.009, 0.027, ("db", Place.INSIDE), ("api", Place.BEHIND)),
        rung("cdn", NAN, NAN, ("cdn", Place.INSIDE)),
    )


def a_ladder(rungs: tuple[Rung, ...]) -> Ladder:
    births = (
        Birthplace("in front of lb1", (("lb1", Place.FRONT),), 31, "sent and never seen"),
        Birthplace("inside lb1", (("lb1", Place.INSIDE),), 212, "5xx that no upstream sent"),
        Birthplace("inside api", (("api", Place.INSIDE),), 5, "5xx", "raw/api/api.log"),
    )
    notes = ("lb1 logs no wait: its own time holds the wait for a connection",)
    return Ladder(
        rungs, tiers(), births, rise_s=0.489, unexplained_s=0.021, failures=249, notes=notes
    )


def tiers() -> tuple[Tier, ...]:
    return (
        Tier("client", 4842, 0, 249, NAN, NAN, NAN, "raw/client/run_stats_history.csv"),
        Tier("lb1", 4634, 212, 6, 208, 0.001, 0.091, "raw/lb1/access.log"),
        Tier("lb2", 4416, 1, 5, 0, 0.001, 0.002, "raw/lb2/access.log"),
        Tier("api", 4416, 5, 0, 0, 0.012, 0.021, "raw/api/api.log"),
    )


def capacities() -> tuple[Capacity, ...]:
    rows = [
        ("api", "cpu", 0.0055, 181.0, (168.0, 197.0), 0.72, "72 % busy; full at 181/s"),
        ("db", "disk", 0.0031, 322.0, (240.0, 470.0), 0.38, "38 % busy; full at 322/s"),
        ("lb1", "cpu", 0.0002, 5000.0, (4100.0, 6300.0), 0.03, "3 % busy"),
        ("lb2", "cpu", 0.0002, 4890.0, (NAN, NAN), 0.03, "3 % busy"),
        ("client", "cpu", 0.0033, 303.0, (280.0, 331.0), 0.41, "41 % busy; full at 303/s"),
    ]
    return tuple(
        Capacity(where, what, demand, full, interval, busiest, says, f"raw/{where}/sadf.json:3-120")
        for where, what, demand, full, interval, busiest, says in rows
    )


def load() -> LoadSummary:
    errors = (
        LoadError("ConnectionClosed('connection closed.')", 219, "POST /orders", "closed", 4),
        LoadError("ConnectionClosed('connection closed.')", 26, "GET /items/[id]", "closed", 2),
        LoadError("RetriesExceeded('http://10.77.1.2/items/144680', 0, original=timed out)", 4,
                  "GET /items/[id]", "timeout", 3),
    )  # fmt: skip
    routes = (
        LoadTotals(2873, 27, 0.547, 0.22, 2.3, 5.3, 77.8, "GET /items/[id]", 2),
        LoadTotals(994, 219, 0.357, 0.22, 1.0, 5.1, 28.2, "POST /orders", 3),
        LoadTotals(975, 3, 0.576, 0.24, 2.3, 5.6, 25.7, "GET /search", 4),
    )
    return LoadSummary(
        "locust", 4842, 249, 150, 130.3, 0.517, 0.24, 2.5, 5.3, at(0), at(60), False,
        errors, routes, "raw/client/run_stats_history.csv",
    )  # fmt: skip

"""What a wrk script's done() wrote as JSON, where its names say the units.

    {"duration_us":10096939,"requests":1947,"bytes":1140931,
     "errors":{"connect":0,"read":0,"write":0,"status":0,"timeout":0},
     "latency_us":{"min":18957,"max":182993,"mean":102970.64,"p50":101954,"p99":146477}}

The script is the user's own, and so are the names: read are those that follow wrk's (summary,
errors, latency) with a unit behind (_us, _ms, _s). One without a unit is left alone: it would
be a guess.

Source: https://github.com/wg/wrk/blob/master/SCRIPTING (done: summary, latency, in µs).
"""

from __future__ import annotations

import math
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading

from ._best_commands import BEST
from ._json_documents import opens_with
from ._json_objects import keys_of, number_of, objects, part_of
from ._load_failures import Failures
from ._printed_numbers import whole

UNITS = {"_us": 1e-6, "_ms": 1e-3, "_s": 1.0}
KINDS = {"connect": "refused", "read": "reset", "write": "reset", "timeout": "timeout"}


def recognizes(head: Head) -> float:
    """By wrk's five kinds of errors and a latency with a unit."""
    keys = keys_of(head)
    ours = {"requests", "errors", "status", *KINDS} <= keys
    timed = any(f"latency{unit}" in keys for unit in UNITS)
    return 0.9 if ours and timed and opens_with(head, "{") else 0.0


@collector(
    kind="wrk_done_json",
    title="wrk done() as JSON",
    recognizes=recognizes,
    role="load_generator",
    tool="wrk",
    best=BEST["wrk"],
    gives=("percentiles", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each object."""
    reading = Reading(facts=[Fact("load.tool", "wrk")])
    for line, document, text in objects(raw):
        latency, unit_s = _with_unit(document, "latency")
        if document is None or not isinstance(latency, dict):
            bad.note(line, text)
            continue
        reading.loads.append(_load(document, latency, unit_s, line))
    return reading


def _with_unit(document: Any, name: str) -> tuple[Any, float]:
    """The value under `name` with whatever unit behind it, and the unit in seconds."""
    for suffix, unit_s in UNITS.items():
        if isinstance(document, dict) and name + suffix in document:
            return document[name + suffix], unit_s
    return None, math.nan


def _load(document: dict[str, Any], latency: dict[str, Any], unit_s: float, line: int) -> Load:
    errors = part_of(document, "errors")
    failures = Failures()
    failures.named(
        "responses of 400 and above", whole(number_of(errors.get("status"))), line, "status"
    )
    for name, kind in KINDS.items():
        text = name if name == "timeout" else f"socket errors: {name}"
        failures.named(text, whole(number_of(errors.get(name))), line, kind)
    lost = sum(whole(number_of(errors.get(name))) for name in ("connect", "read", "write"))
    requests = whole(number_of(document.get("requests"))) + lost
    length, length_unit_s = _with_unit(document, "duration")
    length_s = number_of(length) * length_unit_s

    def told(name: str) -> float:
        return number_of(latency.get(name)) * unit_s if requests else math.nan

    totals = LoadTotals(
        requests,
        min(failures.total, requests),
        told("mean"),
        told("p50"),
        told("p95"),
        told("p99"),
        requests / length_s if length_s > 0 else math.nan,
        line=line,
        max_s=told("max"),
        duration_s=length_s,
    )
    return Load("wrk", totals=(totals,), errors=failures.errors(), open_model=False)

"""vegeta report -type=json: one object.

    {"latencies":{"total":…,"mean":33565168,"50th":…,"90th":…,"95th":…,"99th":…,"max":…},
     "earliest":"2026-11-23T04:11:47.86Z","latest":…,"end":…,"duration":9991856390,"wait":76270602,
     "requests":1500,"rate":150.12,"throughput":148.98,"success":1,"status_codes":{"200":1500},
     "errors":[]}

Nanoseconds. duration is that of the attack, wait until the last answer; rate was sent. Errors
bear no counts.

Source: https://github.com/tsenart/vegeta (README: report -type=json; lib/metrics.go).
"""

from __future__ import annotations

import math
from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, LoadTotals, Reading
from diagnose.stamps import stamp_s

from ._best_commands import BEST
from ._json_documents import opens_with
from ._json_objects import keys_of, number_of, objects, part_of
from ._load_failures import SOCKETS, Distress
from ._printed_numbers import whole
from ._vegeta_text import Report

NS = 1e9
NAMES = {"latencies", "bytes_in", "bytes_out", "requests", "status_codes"}


def recognizes(head: Head) -> float:
    """By the names of a report."""
    return 0.96 if keys_of(head) >= NAMES and opens_with(head, "{") else 0.0


@collector(
    kind="vegeta_report_json",
    title="vegeta report (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="vegeta",
    best=BEST["vegeta"],
    gives=("percentiles", "errors", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each object."""
    reading = Reading(facts=[Fact("load.tool", "vegeta")])
    distress = Distress()
    for line, document, text in objects(raw):
        if document is None or "latencies" not in document:
            bad.note(line, text)
            continue
        errors = document.get("errors")
        said = [str(e) for e in errors] if isinstance(errors, list) else []
        for error in said:
            distress.hear(error, line)
        reading.loads.append(_load(document, said, line))
    if not reading.loads:
        reading.notes.append("the report breaks off: run `vegeta report -type=json` again")
    reading.occurrences = distress.occurrences(*(SOCKETS if reading.loads else ()))
    return reading


def _load(document: dict[str, Any], said: list[str], line: int) -> Load:
    latencies, codes = part_of(document, "latencies"), part_of(document, "status_codes")
    told = Report(
        line,
        codes={int(c): whole(number_of(n)) for c, n in codes.items() if c.isdigit()},
        errors=[(line, text) for text in said],
    )
    requests = whole(number_of(document.get("requests")))
    duration, wait = number_of(document.get("duration")), number_of(document.get("wait"))
    length_s = (duration + (0.0 if math.isnan(wait) else wait)) / NS

    def latency(name: str) -> float:
        return number_of(latencies.get(name)) / NS if requests else math.nan

    totals = LoadTotals(
        requests,
        told.failures().total,
        latency("mean"),
        latency("50th"),
        latency("95th"),
        latency("99th"),
        requests / length_s if length_s > 0 else math.nan,
        line=line,
        max_s=latency("max"),
        duration_s=length_s,
        offered_per_s=number_of(document.get("rate")),
        began_s=stamp_s(str(document.get("earliest", ""))),
    )
    return Load("vegeta", totals=(totals,), errors=told.failures().errors(), open_model=True)

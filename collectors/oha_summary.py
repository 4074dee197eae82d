r"""oha's summary, as it prints it without --output-format.

    Summary:
      Success rate:	100.00%
      Total:	10.0007 secs
      Slowest:	0.0340 secs
      Requests/sec:	999.93
    Response time distribution:
      95.00% in 0.0060 secs
    Status code distribution:
      [200] 10001 responses
    Error distribution:
      [12] aborted due to deadline

The unit (secs, ms, us) is chosen for each run. The success rate counts every answer; requests
"aborted due to deadline" were in flight at the end, and are no failures. With
--stats-success-breakdown further distributions follow, of some statuses only: not read.

Source: https://github.com/hatoo/oha (src/printer.rs).
"""

from __future__ import annotations

import math
from dataclasses import replace

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_failures import SOCKETS, Distress
from ._response_summary import Summary, summaries
from .hey_summary import is_summary
from .oha_json import IN_FLIGHT, on_flight


def recognizes(head: Head) -> float:
    """By the first lines of the summary."""
    return 0.95 if is_summary(head, success_rate=True) else 0.0


@collector(
    kind="oha_summary",
    title="oha summary",
    recognizes=recognizes,
    role="load_generator",
    tool="oha",
    best=BEST["oha"],
    gives=("percentiles", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each summary."""
    reading = Reading(facts=[Fact("load.tool", "oha")])
    distress = Distress()
    unread: list[tuple[int, str]] = []
    for summary in summaries(raw, unread):
        load = _load(summary)
        if load is None:
            reading.notes.append(f"line {summary.line}: the summary breaks off before its counts")
            continue
        reading.loads.append(load)
        distress.of(load.errors)
        aborted = sum(n for text, (n, _) in summary.errors.items() if IN_FLIGHT in text)
        if aborted:
            reading.notes.append(on_flight(aborted))
    for number, line in unread:
        bad.note(number, line)
    reading.occurrences = distress.occurrences(*(SOCKETS if reading.loads else ()))
    return reading


def _load(summary: Summary) -> Load | None:
    totals = summary.totals(IN_FLIGHT)
    if totals is None:
        return None
    length_s = totals.duration_s
    rate = totals.requests / length_s if length_s > 0 else math.nan
    errors = summary.failures(IN_FLIGHT).errors()
    made = (replace(totals, throughput_per_s=rate),)
    return Load("oha", totals=made, errors=errors, open_model=False)

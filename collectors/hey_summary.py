r"""hey's summary, as it prints it without -o (boom, which it was called before, prints the same).

    Summary:
      Total:	20.0754 secs
      …
    Status code distribution:
      [200]	3894 responses
    Error distribution:
      [655]	Get "http://…": context deadline exceeded

Seconds, no time of day, and not the number of workers. "Requests/sec" counts errors as well,
response times do not. The distributions are of the first million answers. "fastest, slowest" of
DNS+dialup repeat those of the whole request, and are not read.

Source: https://github.com/rakyll/hey (requester/print.go, requester/report.go).
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Load, Reading

from ._best_commands import BEST
from ._load_failures import SOCKETS, Distress
from ._printed_numbers import plain
from ._response_summary import HEAD, VALUE, summaries

MOST = 1_000_000  # maxRes of requester/report.go


def is_summary(head: Head, success_rate: bool) -> bool:
    """Whether such a summary begins in it, with oha's success rate or without."""
    lines = [plain(line) for line in head.lines]
    for at, line in enumerate(lines):
        if HEAD.match(line):
            told = {m[1] for text in lines[at : at + 9] if (m := VALUE.match(text))}
            return ("Success rate" in told) is success_rate and {"Total", "Requests/sec"} <= told
    return False


def recognizes(head: Head) -> float:
    """By the first lines of the summary."""
    return 0.95 if is_summary(head, success_rate=False) else 0.0


@collector(
    kind="hey_summary",
    title="hey summary",
    recognizes=recognizes,
    role="load_generator",
    tool="hey",
    best=BEST["hey"],
    gives=("percentiles", "errors"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each summary."""
    reading = Reading(facts=[Fact("load.tool", "hey")])
    distress = Distress()
    unread: list[tuple[int, str]] = []
    for summary in summaries(raw, unread):
        totals, failures = summary.totals(), summary.failures()
        if totals is None:
            reading.notes.append(f"line {summary.line}: the summary breaks off before its counts")
            continue
        reading.loads.append(
            Load("hey", totals=(totals,), errors=failures.errors(), open_model=False)
        )
        distress.of(failures.errors())
        if totals.requests > MOST:
            reading.notes.append("hey's percentiles are those of the first 1,000,000 answers")
    for number, line in unread:
        bad.note(number, line)
    reading.occurrences = distress.occurrences(*SOCKETS)
    return reading

"""goad's --json-output: an object of regions, and "overall".

    {"us-east-1": {"TotalReqs": 2000, "Statuses": {"200": 1540, …}, "AveTimeForReq": 5981507, …},
     "overall": {…}}

Times are nanoseconds; names were written with dashes until 2.0.1 (total-reqs). The rate is the
sum of the lambdas' own, the mean the mean of their means, TimeDelta the sum of their lengths:
how long the test lasted is not told, and neither are times of day, percentiles and -c. What got
no answer has no status. Fastest is 9223372036854775807 where nothing was answered.

Source: https://github.com/goadapp/goad (goad/types, result).
"""

from __future__ import annotations

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._best_commands import BEST
from ._goad import (
    FATAL,
    MEAN,
    NO_CLOCK,
    REQUESTS,
    STATUSES,
    SUMMED,
    is_result,
    load_from,
    text_of,
    together,
)
from ._json_documents import opens_with
from ._json_objects import keys_of, objects
from ._load_failures import Distress


def recognizes(head: Head) -> float:
    """By the names of a region."""
    if not opens_with(head, "{"):
        return 0.0
    keys = keys_of(head)
    ours = all(any(name in keys for name in names) for names in (REQUESTS[:2], STATUSES, MEAN))
    return 0.97 if ours and "request-count" not in keys else 0.0


@collector(
    kind="goad_result",
    title="goad result (--json-output)",
    recognizes=recognizes,
    role="load_generator",
    tool="goad",
    best=BEST["goad"],
    gives=("errors",),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each result; without "overall" the regions are put together."""
    reading = Reading(facts=[Fact("load.tool", "goad")], notes=[NO_CLOCK, SUMMED])
    distress = Distress()
    for line, document, text in objects(raw):
        if document is None:
            bad.note(line, text)
            continue
        regions = {name: part for name, part in document.items() if is_result(part)}
        if not regions:
            bad.note(line, text)
            continue
        whole = regions.get("overall") or together(list(regions.values()))
        reading.loads.append(load_from(whole, line))
        for region, part in regions.items():
            if text_of(part, FATAL):
                distress.add("gave_up", f"{region}: {text_of(part, FATAL)}", line)
    if not reading.loads:
        reading.notes = ["the result breaks off: goad writes it when it ends, and not before"]
    reading.occurrences = distress.occurrences()
    return reading

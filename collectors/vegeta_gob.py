"""What vegeta attack writes: a gob stream of results, as it is.

Read without Go: the stream describes its types. A result has a code (left out where it is 0: no
answer), a latency in nanoseconds, and since v8 the name of its attack. Bodies and headers are
passed over. Where a killed vegeta tore the stream, what stands before is read. A "line" of it
is the number of a result.

Source: https://github.com/tsenart/vegeta (lib/results.go); https://pkg.go.dev/encoding/gob.
"""

from __future__ import annotations

from typing import Any

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import DAMAGE, Head, RawFile
from diagnose.readings import Reading

from ._best_commands import BEST
from ._gob import Torn, time_s, values
from ._vegeta_attacks import TORN, Attacks, Hit

NAMES = (b"Result", b"Timestamp", b"Latency", b"BytesOut")
OTHER = "it holds Go values that are no results of vegeta; try `vegeta encode -to csv`"


def recognizes(head: Head) -> float:
    """By the definition of the type Result in front, in binary."""
    begin = head.raw[:400]
    return 0.98 if b"\x00" in begin and all(name in begin for name in NAMES) else 0.0


@collector(
    kind="vegeta_gob",
    title="vegeta results (gob)",
    recognizes=recognizes,
    role="load_generator",
    tool="vegeta",
    best=BEST["vegeta"],
    gives=("series", "percentiles", "errors", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each attack, or for those at one time."""
    reading, attacks = Reading(), Attacks()
    count = 0
    with raw.open() as file:
        try:
            for name, fields in values(file):
                count += 1
                if name != "Result" or "Timestamp" not in fields:
                    bad.note(count, f"a value of the type {name}")
                    continue
                attacks.add(_hit(fields), count)
        except (Torn, *DAMAGE):
            reading.notes.append(TORN)
    raw.lines_read = count
    attacks.into(reading)
    if count and bad.count == count:
        reading.notes.append(OTHER)
    return reading


def _hit(fields: dict[str, Any]) -> Hit:
    """A field that is zero is not there.

    Raises:
        Torn: its time is none.
    """
    method, url = fields.get("Method", ""), fields.get("URL", "")
    return Hit(
        time_s(bytes(fields["Timestamp"])),
        fields.get("Latency", 0) / 1e9,
        int(fields.get("Code", 0)),
        str(fields.get("Error", "")),
        str(fields.get("Attack", "")),
        f"{method} {url}" if method and url else "",
    )

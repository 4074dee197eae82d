r"""vegeta encode -to csv: one row a result, without a header.

    1795407107860163595,200,28502121,0,404,,eyJuIjoy…,const150,0,GET,http://h/api,Q29ubmVj…

Epoch nanoseconds of the start, status (0: no answer), latency in nanoseconds, bytes out, bytes
in, error; since v7 the body (base64), since v8 name of the attack and number, since v12.8
method, URL and headers (base64). A body may be longer than a line that is kept: of such a row
the first six columns are read. The body never leaves the parser.

Source: https://github.com/tsenart/vegeta (README: encode; lib/results.go of the tags).
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.delimited import is_blank, number, records
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._best_commands import BEST
from ._vegeta_attacks import TORN, Attacks, Hit

ROW = re.compile(r'"?(\d{18,19})"?([,;\t])"?(\d{1,3})"?\2"?(\d{1,15})"?\2"?\d+"?\2"?\d+"?\2')
WIDTHS = (6, 7, 9, 12)
CUT = "bodies too long to keep cut some rows: their attack and URL are not known (-max-body=0)"
SPREADSHEET = (
    "its stamps have lost digits, as a spreadsheet saves them: give the file as vegeta wrote it"
)
ROUNDED = re.compile(r'"?\d[.,]\d+E\+18"?[,;\t]\d{1,3}[,;\t]\d+[,;\t]', re.IGNORECASE)
CUT_BODY = 500_000  # characters: with such a body in front, a seventh column was the last kept
NS = 1e9


def recognizes(head: Head) -> float:
    """By epoch nanoseconds, a status and a latency in front."""
    lines = [line for line in head.lines[:20] if line.strip()]
    if any(ROUNDED.match(line) for line in lines):
        return 0.9
    good = sum(ROW.match(line) is not None for line in lines)
    return 0.95 if lines and good >= 0.5 * len(lines) else 0.0


@collector(
    kind="vegeta_csv",
    title="vegeta results (CSV)",
    recognizes=recognizes,
    role="load_generator",
    tool="vegeta",
    best=BEST["vegeta"],
    gives=("series", "percentiles", "errors", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each attack, or for those at one time."""
    reading, attacks = Reading(), Attacks()
    sep = next((m[2] for line in raw.head().lines if (m := ROW.match(line))), ",")
    cut = 0
    for line, cells in records(raw.lines(), sep):
        hit = _hit(cells, sep)
        if hit is not None:
            attacks.add(hit, line)
            cut += hit.attack is None
        elif not is_blank(cells) and cells[0].strip("\x00"):
            bad.note(line, sep.join(cells[:6]))
    attacks.into(reading)
    if any(ROUNDED.match(line) for line in raw.head().lines[:20]):
        reading.notes.append(SPREADSHEET)
    if cut > 1 or (cut and not raw.torn):
        reading.notes.append(CUT)
    elif raw.torn:
        reading.notes.append(TORN)
    return reading


def _hit(cells: list[str], sep: str) -> Hit | None:
    """None where one of the first six columns is missing or no number."""
    if len(cells) < 6 or not (cells[0].isdigit() and 18 <= len(cells[0]) <= 19):
        return None
    code, latency = number(cells[1], sep), number(cells[2], sep)
    if math.isnan(code) or math.isnan(latency):
        return None
    attack: str | None = cells[7] if len(cells) in (9, 12) else ""
    return Hit(
        int(cells[0]) / NS,
        latency / NS,
        int(code),
        cells[5],
        None if _is_cut(cells) else attack,
        f"{cells[9]} {cells[10]}" if len(cells) == 12 else "",
    )


def _is_cut(cells: list[str]) -> bool:
    """Whether the row ends within its body: it was too long to keep, or is the torn last one."""
    return len(cells) not in WIDTHS or (len(cells) == 7 and len(cells[6]) > CUT_BODY)

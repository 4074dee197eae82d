"""vegeta encode -to json: one object a line for each result.

    {"attack":"r40","seq":1,"code":200,"timestamp":"2026-11-23T04:12:47.226340966Z",
     "latency":16797140,"bytes_out":0,"bytes_in":0,"error":"","body":null,"method":"GET",
     "url":"http://h/api","headers":{…}}

Nanoseconds; code 0 is no answer. A line that a long body makes too long to keep, or that breaks
off, is read as far as what stands in front of the body.

Source: https://github.com/tsenart/vegeta (README: encode; lib/results.go).
"""

from __future__ import annotations

import math
from typing import Any

import orjson

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading
from diagnose.stamps import stamp_s

from ._best_commands import BEST
from ._json_documents import opens_with
from ._json_objects import keys_of, number_of
from ._vegeta_attacks import TORN, Attacks, Hit

BODY = ',"body":'


def recognizes(head: Head) -> float:
    """By the names of a result."""
    ours = {"attack", "seq", "code", "timestamp", "latency", "bytes_in"} <= keys_of(head)
    return 0.97 if ours and opens_with(head, "{") else 0.0


@collector(
    kind="vegeta_json",
    title="vegeta results (JSON)",
    recognizes=recognizes,
    role="load_generator",
    tool="vegeta",
    best=BEST["vegeta"],
    gives=("series", "percentiles", "errors", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load for each attack, or for those at one time."""
    reading, attacks = Reading(), Attacks()
    for line, text in raw.lines():
        hit = _hit(_document(text))
        if hit is not None:
            attacks.add(hit, line)
        elif text.strip():
            bad.note(line, text)
    attacks.into(reading)
    if raw.torn and bad.count:
        reading.notes.append(TORN)
    return reading


def _document(text: str) -> Any:
    for part in (text, text.partition(BODY)[0] + "}"):
        try:
            return orjson.loads(part)
        except orjson.JSONDecodeError:
            continue
    return None


def _hit(document: Any) -> Hit | None:
    """None for an object that is no result."""
    if not isinstance(document, dict):
        return None
    began_s = stamp_s(str(document.get("timestamp", "")))
    latency, code = number_of(document.get("latency")), number_of(document.get("code"))
    if math.isnan(began_s + latency + code):
        return None
    method, url = document.get("method"), document.get("url")
    return Hit(
        began_s,
        latency / 1e9,
        int(code),
        str(document.get("error") or ""),
        str(document.get("attack") or ""),
        f"{method} {url}" if method and url else "",
    )

"""Units as people write them, and the factor to ours."""

from __future__ import annotations

import re

# Ours, factor, and how it is written. K, M and G are thousands; Ki, Mi and Gi are 1024.
_WRITTEN = """
ratio | 1 | ratio fraction
ratio | 0.01 | % percent pct percents percentage
s | 1 | s sec secs second seconds
s | 1e-3 | ms msec msecs millisecond milliseconds millis
s | 1e-6 | us usec µs μs microsecond microseconds micros
s | 1e-9 | ns nsec nanosecond nanoseconds nanos
s | 60 | min mins minute minutes
s | 3600 | h hour hours
1/s | 1 | 1/s /s per_s rps qps tps pps iops hz ops
1/s | 1 | req/s requests/s ops/s queries/s errors/s packets/s
1/s | 0.0166666666666666667 | 1/min /min rpm req/min
1 | 1 | 1 count counts number none cores core cpus users connections requests packets threads
1 | 1e-3 | millicores mcores
"""
_UNITS: dict[str, tuple[str, float]] = {
    written: (ours.strip(), float(factor))
    for ours, factor, names in (row.split("|") for row in _WRITTEN.strip().splitlines())
    for written in names.split()
}
_DATA = re.compile(r"([kKmMgGtT]?)(i?)(B|b|[Bb]ytes?|[Bb]its?)(/s|/sec|ps|_per_s|)$")
_THOUSANDS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
# A running total is given in the unit of its rate times seconds.
_RATE_OF = {"bytes": "bytes/s", "1": "1/s", "s": "1"}


def unit_of(text: str) -> tuple[str, float] | None:
    """Our unit and the factor to it; None for a unit that is not known.

    >>> unit_of("%"), unit_of("ms"), unit_of("KiB"), unit_of("Mbit/s"), unit_of("parsec")
    (('ratio', 0.01), ('s', 0.001), ('bytes', 1024.0), ('bytes/s', 125000.0), None)
    """
    text = text.strip()
    if known := _UNITS.get(text) or _UNITS.get(text.lower()):
        return known
    match = _DATA.match(text)
    if match is None:
        return None
    prefix, binary, data, rate = match.groups()
    factor = float((1024 if binary else 1000) ** _THOUSANDS[prefix.lower()])
    if data[0] == "b" and not data.startswith("byte"):
        factor /= 8
    return ("bytes/s" if rate else "bytes"), factor


def factor_to(ours: str, written: str, counter: bool = False) -> float | None:
    """What values in a written unit are multiplied by for a metric in ours; None: no way.

    >>> factor_to("ratio", "%"), factor_to("s", "%"), factor_to("bytes/s", "KB", counter=True)
    (0.01, None, 1000.0)
    """
    known = unit_of(written)
    if known is None:
        return 1.0 if written.strip() == ours else None
    unit, factor = known
    if counter:
        unit = _RATE_OF.get(unit, unit)
    return factor if unit == ours or {unit, ours} == {"1", "ratio"} else None

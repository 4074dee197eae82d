"""Numbers as people read them. The unit is the one that a Metric names."""

from __future__ import annotations

import math

_SCALES = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "bytes": ((2.0**30, "GiB"), (2.0**20, "MiB"), (2.0**10, "KiB"), (1.0, "B")),
    "bytes/s": ((1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"), (1.0, "B/s")),
}
_PLAIN = {"1/s": "/s", "1": "", "": ""}


def show(value: float, unit: str = "") -> str:
    """Three significant digits and a unit; NaN is "not measured".

    >>> show(0.4267, "s"), show(0.7231, "ratio"), show(3200, "1/s"), show(float("nan"))
    ('427 ms', '72 %', '3,200/s', 'not measured')
    >>> show(2400.0, "s"), show(0.004, "ratio"), show(5 * 2**20, "bytes"), show(0.0, "s")
    ('2,400 s', '0.4 %', '5 MiB', '0 s')
    """
    if math.isnan(value):
        return "not measured"
    if math.isinf(value):
        return "unbounded"
    if unit == "ratio":
        return f"{digits(100 * value, 2)} %"
    if unit in _SCALES:
        scales = _SCALES[unit]
        size = abs(value) or 1.0  # nothing is written in the plain unit
        scale, name = next((s for s in scales if size >= 0.9995 * s[0]), scales[-1])
        return f"{digits(value / scale)} {name}"
    suffix = _PLAIN.get(unit, f" {unit}")
    return f"{digits(value)}{suffix}"


def times(count: float) -> str:
    """How often something happened.

    >>> times(1), times(2), times(2309.0), times(float("nan"))
    ('once', 'twice', '2,309 times', 'an unknown number of times')
    """
    if math.isnan(count):
        return "an unknown number of times"
    return {1: "once", 2: "twice"}.get(round(count), f"{show(round(count))} times")


def digits(value: float, significant: int = 3) -> str:
    """`value` to so many significant digits, thousands grouped, no exponent.

    >>> digits(0), digits(1234.5), digits(0.012345), digits(99.96), digits(71.5, 2)
    ('0', '1,234', '0.0123', '100', '72')
    """
    if value == 0:
        return "0"
    places = significant - 1 - math.floor(math.log10(abs(value)))
    if places <= 0:
        return f"{value:,.0f}"
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

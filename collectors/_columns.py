"""Readings gathered one at a time, given back as one series for each metric and part."""

from __future__ import annotations

import numpy as np

from diagnose.readings import Form, Limit, Reading, Samples


class Columns:
    """What a parser has read so far, in the order of the file.

    >>> columns = Columns()
    >>> columns.add("conntrack.entries", 1795406687.5, 9, line=1)
    >>> [(s.metric, s.values.tolist()) for s in columns.samples()]
    [('conntrack.entries', [9.0])]
    """

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str, Form], list[tuple[float, float, int]]] = {}

    def add(
        self,
        metric: str,
        at_s: float,
        value: float,
        *,
        line: int,
        part: str = "",
        form: Form = Form.GAUGE,
    ) -> None:
        """One value; `line` is where it stood."""
        row = (at_s, float(value), line)
        self._rows.setdefault((metric, part, form), []).append(row)

    def count(self, metric: str, at_s: float, total: float, *, line: int, part: str = "") -> None:
        """One value of a running total."""
        self.add(metric, at_s, total, line=line, part=part, form=Form.COUNTER)

    def samples(self) -> list[Samples]:
        """One series a metric and part, in the order of their first value."""
        made = []
        for (metric, part, form), rows in self._rows.items():
            at_s, values, lines = zip(*rows, strict=True)
            made.append(
                Samples(
                    metric,
                    np.array(at_s, float),
                    np.array(values, float),
                    part,
                    form,
                    np.array(lines, np.int64),
                )
            )
        return made


def limit(reading: Reading, name: str, value: float, *, line: int, part: str = "") -> None:
    """Note a limit where it is new or has changed; a loop prints it a thousand times."""
    known = [one for one in reading.limits if (one.name, one.part) == (name, part)]
    if not known or known[-1].value != value:
        reading.limits.append(Limit(name, value, part, line))

"""The tables that Locust prints: totals, percentiles and the error report.

    Type     Name           # reqs      # fails |    Avg     Min     Max    Med |   req/s
    --------|--------------|-------|------------|-------|-------|-------|-------|--------
    GET      /items/[id]      2873    27(0.94%) |    552       3   10001    240 |   13.88
             Aggregated       4842   249(5.14%) |    517       0   10001    240 |   24.19

Printed every two seconds and once more at the end; times are whole milliseconds. Names that
are longer than the terminal allows are cut. Before 1.4 type and name shared a column.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

from diagnose.failures import failure_kind, without_values
from diagnose.readings import Load, LoadError, LoadTotals

TOTALS = re.compile(r"\s*(?:Type\s+)?Name\s+# reqs\s+# fails\b")
PERCENTILES = re.compile(r"\s*(?:Type\s+)?Name\s+(?=.*\b50%).*\b100%")
TITLE = re.compile(
    r"\s*(?:Response time percentiles|Percentage of the requests completed within)\b"
)
ERRORS = re.compile(r"\s*#\s*occurrences\s+Error\s*$")
RULE = re.compile(r"\s*-{8}[-|]*\s*$")
TOTAL_ROW = re.compile(r"\s*(\S.*?)\s+(\d+)\s+(\d+)\(\s*(?:[\d.]+|nan)%\)\s*([\d.|\s-]*)$")
ERROR_ROW = re.compile(r"\s*(\d+)\s+(\S.*?): (.+)$")
NUMBER = re.compile(r"\d+(?:\.\d+)?")
COLUMN = re.compile(r"# reqs|\d+(?:\.\d+)?%?(?=\s|$)")


@dataclass(slots=True)
class Console:
    """What the tables said; `totals` are of the last one that was whole and not empty."""

    totals: dict[str, LoadTotals] = field(default_factory=dict)
    errors: dict[tuple[str, str], LoadError] = field(default_factory=dict)
    tables: int = 0
    _table: str = ""
    _rows: dict[str, LoadTotals] = field(default_factory=dict)
    _columns: list[str] = field(default_factory=list)

    def takes(self, number: int, line: str) -> bool | None:
        """Whether a line is of a table; None where it should be, and cannot be read."""
        if self._begins(line):
            self.tables += 1
            return True
        if not line.strip():
            self._table = "" if self._table == "totals" else self._table
            return True
        if RULE.match(line) or line.strip() == "Error report":
            return True
        if not self._table:
            return False
        return {"totals": self._total, "percentiles": self._percentile, "errors": self._error}[
            self._table
        ](number, line)

    def leaves(self) -> None:
        """A log message stands between the tables."""
        self._table = ""

    def load(self) -> Load | None:
        """Under a name of its own: Locust's CSV says the same, more exactly."""
        if not self.totals and not self.errors:
            return None
        errors = tuple(self.errors.values())
        return Load("locust console", (), tuple(self.totals.values()), errors, open_model=False)

    def _begins(self, line: str) -> bool:
        """Whether a table begins; its title or header is known."""
        if TITLE.match(line):
            self._table = ""
        elif TOTALS.match(line):
            self._table, self._rows = "totals", {}
        elif PERCENTILES.match(line):
            self._table = "percentiles"
            self._columns = COLUMN.findall(line)
        elif ERRORS.match(line):
            self._table, self.errors = "errors", {}
        else:
            return False
        return True

    def _total(self, number: int, line: str) -> bool | None:
        match = TOTAL_ROW.match(line)
        words = match[4].replace("|", " ").split() if match else ["torn"]
        if match is None or not all(NUMBER.fullmatch(word) for word in words):
            return None
        route = _route(match[1])
        numbers = [float(word) for word in words]
        known = len(numbers) >= 5 and int(match[2]) > 0
        self._rows[route] = LoadTotals(
            int(match[2]),
            int(match[3]),
            numbers[0] / 1000 if known else math.nan,
            numbers[3] / 1000 if known else math.nan,
            throughput_per_s=numbers[min(len(numbers) - 1, 4)] if numbers else math.nan,
            route=route,
            line=number,
        )
        if not route:
            self._table = ""
            if self._rows[""].requests or not self.totals:
                self.totals = {r: t for r, t in self._rows.items() if t.requests or not r}
        return True

    def _percentile(self, number: int, line: str) -> bool | None:
        cells = line.split()
        width = len(self._columns)
        values = cells[-width:]
        if len(cells) <= width or not all(x.isdigit() for x in values):
            return None if cells[-1].isdigit() else False
        route = _route(" ".join(cells[:-width]))
        at = dict(zip(self._columns, (float(x) / 1000 for x in values), strict=True))
        if route in self.totals:
            nan = math.nan
            self.totals[route] = replace(
                self.totals[route],
                p50_s=at.get("50%", nan),
                p95_s=at.get("95%", nan),
                p99_s=at.get("99%", nan),
            )
        return True

    def _error(self, number: int, line: str) -> bool | None:
        match = ERROR_ROW.match(line)
        if match is None:
            return False  # a further line of an error's text
        text = without_values(match[3].strip().strip('"'))
        known = self.errors.get((match[2], text))
        count = int(match[1]) + (known.count if known else 0)
        kind = failure_kind(text)
        self.errors[match[2], text] = LoadError(text[:300], count, match[2], kind, number)
        return True


def is_table(line: str) -> bool:
    """Whether a line is the header of one of the tables."""
    return bool(TOTALS.match(line) or PERCENTILES.match(line) or ERRORS.match(line))


def _route(name: str) -> str:
    route = " ".join(name.split()).removeprefix("None ")
    return "" if route in ("Aggregated", "Total") else route

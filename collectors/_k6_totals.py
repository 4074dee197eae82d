"""Totals of a whole k6 test, from whichever of its summaries they come."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from diagnose.metrics import message
from diagnose.readings import Load, LoadTotals, Occurrences, Reading

NAN = math.nan
MEDIAN = ("p(50)", "p50", "med")
P95 = ("p(95)", "p95")
P99 = ("p(99)", "p99")


@dataclass(slots=True)
class Summary:
    """Values of the metrics by name (trends in ms), as far as the summary has them."""

    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    duration_s: float = NAN
    open_model: bool | None = None
    line: int = 0

    def value(self, metric: str, *names: str) -> float:
        """The first of the values that is there; NaN without any."""
        values = self.metrics.get(metric, {})
        return next((values[name] for name in names if name in values), NAN)

    def fill(self, reading: Reading) -> None:
        """Totals, and the iterations that were dropped, into a reading."""
        requests = self.value("http_reqs", "count")
        if math.isnan(requests):
            reading.notes.append("it tells of no HTTP requests")
            return
        reading.loads.append(
            Load("k6", totals=(self._totals(int(requests)),), open_model=self.open_model)
        )
        if math.isnan(self.value("http_req_duration", *P99)):
            reading.notes.append(
                "no 99th percentile: --summary-trend-stats='avg,med,p(95),p(99),max' asks for it"
            )
        count = self.value("dropped_iterations", "count")
        size = 0 if math.isnan(count) else int(count)
        at_s, lines = np.full(size, NAN), np.full(size, self.line, np.int64)
        example = f"dropped_iterations: {size:,}" if size else ""
        metric = message("generator", "too_few_users")
        reading.occurrences.append(Occurrences(metric, at_s, lines, example=example))

    def _totals(self, requests: int) -> LoadTotals:
        rate = self.value("http_reqs", "rate")
        length_s = self.duration_s
        if math.isnan(length_s) and rate > 0:
            length_s = requests / rate
        if math.isnan(rate) and length_s > 0:
            rate = requests / length_s
        return LoadTotals(
            requests,
            self._failures(requests),
            self._seconds("avg"),
            self._seconds(*MEDIAN),
            self._seconds(*P95),
            self._seconds(*P99),
            rate,
            line=self.line,
            max_s=self._seconds("max"),
            duration_s=length_s,
            users=self.value("vus", "max"),
        )

    def _seconds(self, *names: str) -> float:
        return self.value("http_req_duration", *names) / 1000

    def _failures(self, requests: int) -> float:
        """http_req_failed is a rate: what "passes" in it, or "matches", has failed."""
        count = self.value("http_req_failed", "passes", "matches")
        if not math.isnan(count):
            return count
        share = self.value("http_req_failed", "rate", "value")
        return share if math.isnan(share) else round(requests * share)

r"""One run of wrk or wrk2, gathered from the lines that it printed.

    Running 30s test @ http://127.0.0.1/api
      2 threads and 40 connections
      Thread Stats   Avg      Stdev     Max   +/- Stdev
        Latency   207.79ms   23.61ms 360.86ms   79.38%
         50%  206.11ms
      5762 requests in 30.06s, 3.23MB read
      Socket errors: connect 0, read 0, write 0, timeout 382
      Non-2xx or 3xx responses: 12
    Requests/sec:    191.68

"requests" are answers, whatever their status (the last line counts 400 and above), and wrk's
time-outs are among them: answers that came later than --timeout. wrk2 counts as time-outs the
connections that it finds waiting, again every two seconds: they are no requests.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from diagnose.readings import LoadTotals

from ._load_failures import Failures
from ._printed_numbers import count, seconds

RUNNING = re.compile(r"\s*Running (\S+(?: \S+)?) test @ (\S+)")
CONNECTIONS = re.compile(r"\s*(\d+) threads? and (\d+) connections\s*$")
LATENCY = re.compile(r"\s*Latency\s+(\S+)\s+(\S+)\s+(\S+)\s+\S+%\s*$")
PER_THREAD = re.compile(r"\s*Req/Sec\s+(\S+)\s+(\S+)\s+(\S+)\s+\S+%\s*$")
PERCENTILE = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)%\s+(\d\S*)\s*$")
BLOCK = re.compile(r"\s*Latency Distribution(?: \(HdrHistogram - (\w+))?")
SPECTRUM = re.compile(r"\s*(\d+\.\d+)\s+([01]\.\d{6})\s+(\d+)\s+(?:\d+\.\d\d|inf)\s*$")
RECORDED = re.compile(r"#\[Max\s*=\s*(\d+(?:\.\d+)?), Total count\s*=\s*(\d+)\]")
MEAN = re.compile(r"#\[Mean\s*=\s*(\d+(?:\.\d+)?), StdDeviation")
DONE = re.compile(r"\s*(\d+) requests in (\S+), \S+ read\s*$")
SOCKETS = re.compile(r"\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)\s*$")
STATUS = re.compile(r"\s*Non-2xx or 3xx responses: (\d+)\s*$")
RATE = re.compile(r"\s*Requests/sec:\s+(\S+)\s*$")
CALIBRATION = re.compile(r"\s*Thread calibration: mean lat\.")
ASKED = re.compile(r"\bwrk2?\b.*\s(?:-R\s*|--rate[= ]\s*)(\d+(?:\.\d+)?[kKMG]?)\b")
UNABLE = re.compile(r"\s*unable to (?:connect to \S+:\S+|create thread \d+|initialize SSL).*$")
LABEL = re.compile(r"\s*(?:Socket errors|Non-2xx or 3xx responses|Requests/sec):")


@dataclass(slots=True)
class Latencies:
    """One histogram: percentiles in seconds by percent, a mean and a maximum."""

    at: dict[float, float] = field(default_factory=dict)
    mean_s: float = math.nan
    max_s: float = math.nan
    recorded: int = 0

    def percentile(self, percent: float) -> float:
        """As printed, else between the nearest two of the spectrum; NaN outside."""
        if percent in self.at:
            return self.at[percent]
        below = max((p for p in self.at if p < percent), default=math.nan)
        above = min((p for p in self.at if p > percent), default=math.nan)
        if not self.recorded or math.isnan(below + above):
            return math.nan
        share = (percent - below) / (above - below)
        return self.at[below] + share * (self.at[above] - self.at[below])


@dataclass(slots=True)
class Run:
    """One run; line: where its requests are counted."""

    line: int = 0
    begun: bool = False
    users: float = math.nan
    threads: int = 0
    offered_per_s: float = math.nan
    calibrated: bool = False
    histogram: bool = False
    idle_rate: bool = False  # "Req/Sec -nan": what wrk2 prints of a run below its calibration
    requests: int | None = None
    length_s: float = math.nan
    rate: float = math.nan
    sockets: tuple[int, int, int, int] = (0, 0, 0, 0)
    sockets_line: int = 0
    statuses: tuple[int, int] = (0, 0)
    own: Latencies = field(default_factory=Latencies)
    uncorrected: Latencies | None = None
    unable: tuple[str, int] | None = None

    @property
    def is_wrk2(self) -> bool:
        return self.calibrated or self.histogram or self.idle_rate

    def takes(self, number: int, line: str) -> bool:
        """Take what a line tells; False where a known label has no number."""
        readers = (self._head, self._latency, self._counts, self._errors)
        return any(read(number, line) for read in readers) or not LABEL.match(line)

    def _head(self, number: int, line: str) -> bool:
        if RUNNING.match(line):
            self.begun = True
        elif connections := CONNECTIONS.match(line):
            self.threads, self.users = int(connections[1]), float(connections[2])
        elif CALIBRATION.match(line):
            self.calibrated = True
        elif asked := ASKED.search(line):
            self.offered_per_s = count(asked[1].replace("K", "k"))
        else:
            return False
        return True

    def _latency(self, number: int, line: str) -> bool:
        now = self.uncorrected or self.own
        if block := BLOCK.match(line):
            self.histogram |= block[1] is not None
            if block[1] == "Uncorrected" or self.own.at:
                self.uncorrected = Latencies()
        elif percentile := PERCENTILE.match(line):
            now.at.setdefault(float(percentile[1]), seconds(percentile[2]))
        elif row := SPECTRUM.match(line):
            now.at[round(100 * float(row[2]), 4)] = float(row[1]) / 1000
        elif mean := MEAN.match(line):
            now.mean_s = float(mean[1]) / 1000
        elif recorded := RECORDED.match(line):
            now.max_s, now.recorded = float(recorded[1]) / 1000, int(recorded[2])
        else:
            return False
        return True

    def _counts(self, number: int, line: str) -> bool:
        if done := DONE.match(line):
            self.requests, self.length_s, self.line = int(done[1]), seconds(done[2]), number
        elif latency := LATENCY.match(line):
            self.own.mean_s, self.own.max_s = seconds(latency[1]), seconds(latency[3])
        elif rates := PER_THREAD.match(line):
            self.idle_rate = "nan" in rates[1]
        elif (rate := RATE.match(line)) and not math.isnan(count(rate[1])):
            self.rate = count(rate[1])
        else:
            return False
        return True

    def _errors(self, number: int, line: str) -> bool:
        if sockets := SOCKETS.match(line):
            connect, read, write, timeout = (int(n) for n in sockets.groups())
            self.sockets, self.sockets_line = (connect, read, write, timeout), number
        elif status := STATUS.match(line):
            self.statuses = (int(status[1]), number)
        elif UNABLE.match(line):
            self.unable = (line.strip(), number)
        else:
            return False
        return True

    def failures(self) -> Failures:
        """Statuses of 400 and above, socket errors, and wrk's late answers."""
        failures = Failures()
        connect, read, write, timeout = self.sockets
        at = self.sockets_line
        failures.named("responses of 400 and above", *self.statuses, kind="status")
        failures.named("socket errors: connect", connect, at, "refused")
        failures.named("socket errors: read", read, at, "reset")
        failures.named("socket errors: write", write, at, "reset")
        if not self.is_wrk2:
            failures.named("timeout", timeout, at, "timeout")
        if self.unable and self.requests is None:
            failures.named(self.unable[0], 1, self.unable[1])
        return failures

    def totals(self) -> LoadTotals | None:
        """None where no summary was printed."""
        if self.requests is None:
            return None
        requests = self.requests + sum(self.sockets[:3])
        answered = self.requests > 0
        p50, p95, p99 = (self.own.percentile(p) for p in (50.0, 95.0, 99.0))
        return LoadTotals(
            requests,
            min(self.failures().total, requests),
            self.own.mean_s if answered else math.nan,
            p50 if answered else math.nan,
            p95 if answered else math.nan,
            p99 if answered else math.nan,
            self.rate,
            line=self.line,
            max_s=self.own.max_s if answered else math.nan,
            duration_s=self.length_s,
            users=self.users,
            offered_per_s=self.offered_per_s,
        )

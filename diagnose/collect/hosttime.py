"""A host's clock from its uptime, and the processor time that a recorder took of it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

STEP_S = 0.05  # the host's clock is followed when it is off by more: it was set (a choice)
SEVERAL = 3.0  # intervals between two samples: what lies between was not recorded (a choice)
STRETCHES = 100  # of these that are kept
LATE = 1.5  # intervals between two samples from which on the later one is late (a choice)
HALF_TICK_S = 0.005  # an uptime is cut to hundredths
_CLOCK = re.compile(r"\d{1,10}\.\d\d \d{9,10}(?:\.\d{1,9})? \d{1,10}\.\d\d")
_UPTIME = re.compile(r"\d{1,10}\.\d\d")


@dataclass(frozen=True, slots=True)
class Cost:
    """What the recorder itself took of its host: processor time of it and of all it ran."""

    samples: int = 0
    seconds: float = math.nan  # from the first sample to the last
    cpu_s: float = math.nan  # in between
    late: int = 0  # samples that came later than half an interval: commands were slow
    longest_s: float = math.nan  # from one sample to the next
    slow: tuple[tuple[float, float], ...] = ()  # from where to where (epoch) several are missing


@dataclass(slots=True)
class HostClock:
    """Epoch seconds of a host from its uptime."""

    offset_s: float = math.nan  # the epoch at which its uptime was 0

    def read(self, kind: str, text: str) -> bool:
        """A reading of the clock between two readings of the uptime."""
        if not _CLOCK.fullmatch(text):
            return False
        before, epoch, after = map(float, text.split())
        middle = epoch - (before + after) / 2 - HALF_TICK_S
        if kind == "d":  # somewhere within the second that it shows
            middle = min(max(self.offset_s, epoch - after), epoch + 1 - before)
        if math.isnan(self.offset_s) or abs(middle - self.offset_s) > STEP_S:
            self.offset_s = epoch + 0.5 - before if math.isnan(middle) else middle
        return True

    def at_s(self, words: Iterable[str]) -> float:
        """The epoch at an uptime; NaN where one of the two is not known."""
        text = next(iter(words), "")
        return self.offset_s + float(text) if _UPTIME.fullmatch(text) else math.nan


@dataclass(slots=True)
class Meter:
    """The recorder's own processor time, over all of its runs."""

    hertz: float = 100.0
    samples: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    late: int = 0
    longest_s: float = 0.0
    slow: list[tuple[float, float]] = field(default_factory=list)  # uptimes
    _interval_s: float = math.inf
    _last_s: float = math.nan
    _first: tuple[float, float] | None = None  # uptime and processor time at the first sample
    _before: tuple[float, float] = field(default=(0.0, 0.0))  # of the runs before this one

    def begin(self, words: Sequence[str]) -> bool:
        """A run begins."""
        self._first, self._before = None, (self.seconds, self.cpu_s)
        good = len(words) == 4 and all(w.isdecimal() and len(w) < 8 for w in words[2:])
        hertz, hundredths = map(float, words[2:]) if good else (100.0, math.inf)
        self.hertz, self._interval_s, self._last_s = max(hertz, 1.0), hundredths / 100, math.nan
        return good

    def read(self, words: Sequence[str]) -> bool:
        """Uptime, and processor time in ticks: user, system, and of ended children."""
        ticks = words[1:]
        good = len(ticks) == 4 and all(t.isdecimal() and len(t) < 16 for t in ticks)
        if not good or not _UPTIME.fullmatch(words[0]):
            return False
        now = (float(words[0]), sum(map(float, ticks)) / self.hertz)
        self._first = self._first or now
        self._space(now[0])
        self.samples += 1
        self.seconds = self._before[0] + now[0] - self._first[0]
        self.cpu_s = self._before[1] + now[1] - self._first[1]
        return True

    def _space(self, at_s: float) -> None:
        """From the sample before to this one."""
        if not math.isnan(self._last_s):
            self.longest_s = max(self.longest_s, at_s - self._last_s)
            self.late += at_s - self._last_s > LATE * self._interval_s
            if at_s - self._last_s > SEVERAL * self._interval_s and len(self.slow) < STRETCHES:
                self.slow.append((self._last_s, at_s))
        self._last_s = at_s

    @property
    def cost(self) -> Cost:
        """Of two samples at least; a single one says nothing."""
        if not self.seconds > 0:
            return Cost(self.samples)
        return Cost(self.samples, self.seconds, self.cpu_s, self.late, self.longest_s)

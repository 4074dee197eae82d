r"""SHOW ENGINE INNODB STATUS of MySQL and MariaDB, once or sampled.

    # 1795406687.525
    2026-11-23 04:04:47 0x7fd72012a6c0 INNODB MONITOR OUTPUT
    History list length 0
    ------- TRX HAS BEEN WAITING 303542 us FOR THIS LOCK TO BE GRANTED:
    Pending flushes (fsync): 0
    Buffer pool hit rate 842 / 1000, young-making rate 30 / 1000 not 181 / 1000

Output of \G, of the batch mode (line ends as "\n"), and of the monitor's own log is read. The
time is the stamp's, else that in the heading, which is the server's local time. Where both
stand they give the server's offset, which the time of the latest deadlock needs.

Traps: the hit rate is that since the printout before, and stands again for each instance of
the pool: the first counts. Only the latest deadlock is shown: their number is not known, and
none is no proof. The checkpoint's age needs its maximum beside it (Percona Server, MariaDB
before 10.5). Counters stand in SHOW GLOBAL STATUS and are not taken twice. Statements of
transactions are never taken.

Source: https://dev.mysql.com/doc/refman/8.0/en/innodb-standard-monitor.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from diagnose.badlines import BadLines
from diagnose.fetches import When
from diagnose.hostfilters import INNODB, filtered
from diagnose.metrics import message
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Form, Occurrences, Reading, Samples
from diagnose.stamps import blocks

from ._db_client import mysql_fetch
from ._log_times import LogTimes

_HEADING = re.compile(r"(?:\d{4}-\d\d-\d\d|\d{6}) +\d?\d:\d\d:\d\d.* INNODB MONITOR OUTPUT")
_END = "END OF INNODB MONITOR OUTPUT"
_SIGNS = ("History list length", "Log sequence number", "OS fsyncs", "BUFFER POOL AND MEMORY")
_SECTIONS = frozenset(
    [
        "BACKGROUND THREAD",
        "SEMAPHORES",
        "LATEST FOREIGN KEY ERROR",
        "LATEST DETECTED DEADLOCK",
        "TRANSACTIONS",
        "FILE I/O",
        "INSERT BUFFER AND ADAPTIVE HASH INDEX",
        "LOG",
        "BUFFER POOL AND MEMORY",
        "INDIVIDUAL BUFFER POOL INFO",
        "ROW OPERATIONS",
    ]
)
_OLD_DAY = re.compile(r"(\d\d)(\d\d)(\d\d) +(\d?\d:\d\d:\d\d)")
_HISTORY = re.compile(r"History list length (\d+)")
_AGE = re.compile(r"(Max checkpoint age|Checkpoint age) +(\d+)")
_HIT_RATE = re.compile(r"Buffer pool hit rate (\d+) / (\d+)")
_NUMBERS = re.compile(r"\d+")
METRICS = {
    "history": ("db.history_list_length", Form.GAUGE),
    "waiting": ("db.row_lock_waiting", Form.GAUGE),
    "pending": ("db.pending_io", Form.GAUGE),
    "miss": ("db.buffer_pool_miss_ratio", Form.MEAN),
    "age": ("db.checkpoint_age_ratio", Form.GAUGE),
}


def recognizes(head: Head) -> float:
    """Its heading, or names of its sections."""
    if " INNODB MONITOR OUTPUT" in head.text:
        return 0.97
    return 0.9 if sum(sign in head.text for sign in _SIGNS) >= 3 else 0.0


@dataclass(slots=True)
class Output:
    """One output: values by name, each with its line."""

    at_s: float
    number: int = 0
    local_s: float = math.nan
    deadlock_s: float = math.nan
    deadlock_line: int = 0
    values: dict[str, tuple[float, int]] = field(default_factory=dict)
    whole: bool = False

    def put(self, name: str, value: float, number: int) -> None:
        """The first of a name stands."""
        self.values.setdefault(name, (value, number))

    def add(self, name: str, value: float, number: int) -> None:
        before, first = self.values.get(name, (0.0, number))
        self.values[name] = (before + value, first)


@collector(
    kind="innodb_status",
    title="SHOW ENGINE INNODB STATUS",
    recognizes=recognizes,
    role="db",
    fetch=(
        mysql_fetch(
            "innodb_status.txt",
            filtered("mysql --batch --raw -e 'SHOW ENGINE INNODB STATUS'", INNODB),
            When.AROUND,
        ),
    ),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Gauges of every output, and the times of deadlocks."""
    times, found = LogTimes(), list[Output]()
    for output in _outputs(raw, times):
        if output.whole:
            found.append(output)
        else:
            bad.note(output.number, "an output without its end")
    reading = Reading()
    stamped = [not math.isnan(output.at_s) for output in found]
    reading.naive = bool(found) and not any(stamped)
    for output in found:
        if math.isnan(output.at_s):
            output.at_s = output.local_s
    for name, (metric, form) in METRICS.items():
        _give(reading, found, name, metric, form)
    _give_deadlocks(reading, found)
    return reading


def _outputs(raw: RawFile, times: LogTimes) -> Iterator[Output]:
    """Outputs of the file, whether a stamp or only their heading tells them apart."""
    for block in blocks(raw.lines()):
        output, section = Output(block.at_s), ""
        for number, line in _unescaped(block.lines):
            if _HEADING.match(line):
                if output.number:
                    yield output
                    output = Output(block.at_s)
                output.number, output.local_s = number, _local_s(times, line)
            elif line.startswith(_END):
                output.whole = bool(output.number)
            elif output.number:
                section = line if line in _SECTIONS else section
                _take(output, section, number, line, times)
        if output.number:
            yield output


def _unescaped(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for number, line in lines:
        if "\\n" in line:
            yield from ((number, part) for part in line.split("\\n"))
        else:
            yield number, line


def _local_s(times: LogTimes, line: str) -> float:
    if old := _OLD_DAY.match(line):
        line = "20{}-{}-{} {:0>8}".format(*old.groups())
    return times.at(line[:19])


def _take(output: Output, section: str, number: int, line: str, times: LogTimes) -> None:
    if section == "LATEST DETECTED DEADLOCK":
        if math.isnan(output.deadlock_s):
            output.deadlock_s, output.deadlock_line = _local_s(times, line), number
    elif section == "TRANSACTIONS":
        _take_transactions(output, number, line)
    elif section == "LOG":
        _take_log(output, number, line)
    elif section in ("FILE I/O", "BUFFER POOL AND MEMORY"):
        _take_pending(output, number, line)
        if match := _HIT_RATE.match(line):
            output.put("miss", 1.0 - float(match[1]) / max(1.0, float(match[2])), number)


def _take_transactions(output: Output, number: int, line: str) -> None:
    output.put("waiting", 0.0, number)
    if match := _HISTORY.match(line):
        output.put("history", float(match[1]), number)
    elif "TRX HAS BEEN WAITING" in line:
        output.add("waiting", 1.0, number)


def _take_log(output: Output, number: int, line: str) -> None:
    if match := _AGE.match(line):
        output.put(match[1], float(match[2]), number)
    now, most = output.values.get("Checkpoint age"), output.values.get("Max checkpoint age")
    if now and most and most[0] > 0:
        output.put("age", now[0] / most[0], now[1])


def _take_pending(output: Output, number: int, line: str) -> None:
    """Requests of the file layer; of the pool only where the file layer shows none."""
    if line.startswith("Pending normal aio"):
        # "reads: 3 [1, 2, 0, 0]" gives the sum before its parts, "reads: [1, 2]" does not.
        plain = re.sub(r"\d+ *\[[\d, ]*\]", lambda m: m[0].partition("[")[0], line)
        output.add("pending", float(sum(map(int, _NUMBERS.findall(plain)))), number)
        output.put("files", 1.0, number)
    elif line.startswith("Pending flushes") or "pending preads" in line:
        output.add("pending", float(sum(map(int, _NUMBERS.findall(line)))), number)
    elif line.startswith(("Pending reads ", "Pending writes:")) and "files" not in output.values:
        kind = line[8:14]
        if kind not in output.values:
            output.put(kind, 0.0, number)
            output.add("pending", float(sum(map(int, _NUMBERS.findall(line)))), number)


def _give(reading: Reading, found: list[Output], name: str, metric: str, form: Form) -> None:
    rows = [(o.at_s, *o.values[name]) for o in found if name in o.values]
    if rows:
        at_s, values, lines = (np.array(column) for column in zip(*rows, strict=True))
        reading.samples.append(Samples(metric, at_s, values, form=form, lines=lines))


def _give_deadlocks(reading: Reading, found: list[Output]) -> None:
    """Each latest deadlock once, on the clock of the stamps."""
    times: dict[float, int] = {}
    for output in found:
        if not math.isnan(output.deadlock_s):
            east_s = 0.0 if reading.naive else _offset_s(output)
            times.setdefault(output.deadlock_s - east_s, output.deadlock_line)
    if times:
        at_s, lines = np.array(list(times), float), np.array(list(times.values()), np.int64)
        reading.occurrences.append(Occurrences(message("db", "deadlock"), at_s, lines))


def _offset_s(output: Output) -> float:
    """Seconds east of UTC by which the server's local time is off, in quarters of an hour."""
    return 900.0 * round((output.local_s - output.at_s) / 900.0)

"""Error log of MySQL, MariaDB and Percona Server.

    2026-11-23T04:05:06.123456Z 9 [Warning] [MY-010055] [Server] IP address …   MySQL 5.7, 8
    2026-11-23  4:04:45 0 [Note] InnoDB: Buffer pool(s) load completed          MariaDB, 5.6
    261123  4:04:45 [Note] Event Scheduler: Loaded 0 events                     5.5
    04:05:06 UTC - mysqld got signal 11 ;                                       a crash

MySQL writes UTC or an offset; MariaDB and old servers write local time without a zone. Lines
without a stamp belong to the message before them (dumps of deadlocks, stacks). A deadlock
counts once, whether one line of its dump says so or two.

Refused connections, aborted ones, lock waits, deadlocks and a late page cleaner are logged
only where the server is told to be talkative: their absence proves nothing, and is not given.

Sources: https://dev.mysql.com/doc/refman/8.0/en/error-log-format.html
https://mariadb.com/kb/en/error-log/
"""

from __future__ import annotations

import math
import re

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Limit, Reading

from ._log_messages import OTHER, Messages, careful
from ._log_times import LogTimes

_LEVELS = "Note|Warning|Warn|ERROR|Error|System|Info"
_LINE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d[T ]|\d{6} ) ?(?P<time>\d?\d:\d\d:\d\d(?:\.\d+)?)"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?"
    rf"(?: +(?P<thread>\d+|0x[0-9a-f]+))? +(?:\[(?P<level>{_LEVELS})\] ?(?P<says>.*)|InnoDB: .*)$"
)
_CRASH = re.compile(r"(?:(\d{4}-\d\d-\d\d)T)?(\d\d:\d\d:\d\d)(?:Z| UTC)* - mysqld got signal")
_DATED = re.compile(r"\d{4}-\d\d-\d\d[T ] ?\d?\d:\d\d|\d{6} +\d?\d:\d\d:\d\d")
_VERSION = re.compile(
    r"Starting MariaDB (?P<a>\S+)|\bVersion: '(?P<b>[^']+)'|\(mysqld (?P<c>[^)]+)\) start"
)
_NEVER_OTHERS = re.compile(r"InnoDB|mysqld|mariadbd|\[MY-\d|\[Entrypoint\]|Aborted connection")
_LIMITS = (
    ("process.open_files_max", re.compile(r"max_open_files to more than (\d+)")),
    ("db.max_connections", re.compile(r"Changed limits: .*?max_connections: (\d+)")),
)
TABLE = r"""
too_many_connections (?i:too many connections)
disk_full            (?i:disk is full|no space left|disk full|err(?:no|code): ?28\b)
too_many_open_files  (?i:too many open files|err(?:no|code): ?24\b)
out_of_memory        (?i:out of memory|cannot allocate memory|can't allocate|err(?:no|code): ?12\b)
lock_wait_timeout    (?i:lock wait timeout)
deadlock             (?i:we roll back transaction|deadlock found|aborted due to deadlock)
page_cleaner_late    (?i:page_cleaner: \d+ms intended|page cleaner took \d+ms|age of the last checkpoint)
crash                (?i:got signal \d+|assertion failure|intentionally generate|not shut ?down normally|\[fatal\])
aborted_connection   (?i:aborted connection)
"""  # noqa: E501
# Logged only by servers told to be talkative (log_error_verbosity, innodb_print_all_deadlocks).
UNSURE = frozenset(
    [
        "too_many_connections",
        "lock_wait_timeout",
        "deadlock",
        "page_cleaner_late",
        "aborted_connection",
    ]
)


def recognizes(head: Head) -> float:
    """Lines with a time, a thread and a level in brackets, and names of the server's parts."""
    lines = [line for line in head.lines if line.strip()][:200]
    ours = [match for line in lines if (match := _LINE.match(line))]
    crashes = sum(_CRASH.match(line) is not None for line in lines)
    if len(ours) + crashes < max(1.0, 0.2 * len(lines)):
        return 0.0
    numbered = sum(match["thread"] is not None for match in ours)
    if crashes or _NEVER_OTHERS.search(head.text) or numbered > 0.5 * len(ours):
        return 0.93
    return 0.0


@collector(kind="mysql_error_log", title="MySQL error log", recognizes=recognizes, role="db")
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Messages of trouble; the version; limits that the server had to lower."""
    log = _ErrorLog()
    for number, line in raw.lines():
        if match := _LINE.match(line):
            log.take(number, line, match)
        elif match := _CRASH.match(line):
            log.take_crash(number, line, match)
        elif _DATED.match(line) or "\x00" in line or "\ufffd" in line:
            bad.note(number, careful(line))
        else:
            log.take_server(number, line)
    log.reading.occurrences = log.messages.occurrences()
    log.reading.naive = log.times.mostly_naive
    return log.reading


class _ErrorLog:
    """What the lines of a log say, one by one."""

    def __init__(self) -> None:
        self.reading, self.times = Reading(), LogTimes()
        self.messages = Messages("db", TABLE, unsure=UNSURE)
        self._at_s = self._deadlock_s = math.nan
        self._facts: set[tuple[str, str]] = set()

    def take(self, number: int, line: str, match: re.Match[str]) -> None:
        """A line with a stamp."""
        day, time = match["day"].rstrip("T "), match["time"]
        if len(day) == 6:
            day = f"20{day[:2]}-{day[2:4]}-{day[4:]}"
        clock = time if time[2] == ":" else f"0{time}"
        self._at_s = self.times.at(f"{day}T{clock}{match['zone'] or ''}")
        self.take_server(number, line)
        level, slug = match["level"] or "", self.messages.slug(line)
        if slug == "deadlock":
            ends = "aborted due to" in line
            if ends and self._at_s == self._deadlock_s:
                return
            self._deadlock_s = self._at_s
        if slug or level.upper() == "ERROR":
            self.messages.count(slug or OTHER, self._at_s, number, line)

    def take_crash(self, number: int, line: str, match: re.Match[str]) -> None:
        """A crash bears the time of day only, in UTC: its date is that of the line before."""
        at_s = self._at_s
        if match[1]:
            at_s = self.times.at(f"{match[1]}T{match[2]}Z")
        self.messages.count("crash", at_s, number, line)

    def take_server(self, number: int, line: str) -> None:
        """The version and lowered limits, on lines with or without a stamp."""
        if "ersion: '" in line or "tart" in line:
            if found := _VERSION.search(line):
                version = found["a"] or found["b"] or found["c"]
                self._fact("db.product", "MariaDB" if "MariaDB" in line else "MySQL", number)
                self._fact("db.version", version, number)
        elif " max_" in line:
            for name, pattern in _LIMITS:
                if found := pattern.search(line):
                    self.reading.limits.append(Limit(name, float(found[1]), line=number))

    def _fact(self, name: str, value: str, number: int) -> None:
        if (name, value) not in self._facts:
            self._facts.add((name, value))
            self.reading.facts.append(Fact(name, value, line=number))

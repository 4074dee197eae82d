"""Slow query log of MySQL, MariaDB and Percona Server.

    # Time: 261123  3:59:10
    # User@Host: app[app] @  [10.0.0.9]
    # Thread_id: 17  Schema: shop  QC_hit: No
    # Query_time: 0.208021  Lock_time: 0.000048  Rows_sent: 20  Rows_examined: 200020
    # Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
    use `shop`;
    SET timestamp=1795406350;
    SELECT name FROM items WHERE category=1565 ORDER BY price LIMIT 20;

Times are seconds. When a statement ended: `End:` (log_slow_extra), else `# Time:` where it is
ISO 8601 with a zone (MySQL 5.7 and later: when it was logged), else SET timestamp, which is
the end in MySQL and Percona Server before 8.0.14 and the start, cut to a whole second, in
MariaDB (measured: 10.11), so that Query_time is added there. The old `# Time: 261123  3:59:10`
is local time and stands only where the second changed: it serves where nothing else does.

Traps: Lock_time is the wait for table locks, and from MySQL 8.0.28 on for row locks too;
the log is written when a statement ends; a log without slow statements shows nothing below
long_query_time.

Sources: https://dev.mysql.com/doc/refman/8.0/en/slow-query-log.html
https://mariadb.com/kb/en/slow-query-log-overview/
https://docs.percona.com/percona-server/8.0/slow-extended.html
"""

from __future__ import annotations

import math
import re
from array import array

import numpy as np

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Labels, Reading, Statements

from ._chunks import pieces
from ._fingerprint import Fingerprints, fingerprint
from ._log_messages import careful
from ._log_times import LogTimes

_MARK = "\n# User@Host:"
_QUERY_TIME = "\n# Query_time:"
_ENTRY = re.compile(
    r"[^\n]*\n((?:#(?! Query_time:)[^\n]*\n)*)"
    r"# Query_time: (\d+(?:\.\d+)?) +Lock_time: (\d+(?:\.\d+)?)"
    r" +Rows_sent: (\d+) +Rows_examined: (\d+)([^\n]*\n(?:#(?! administrator)[^\n]*\n)*)"
    r"(?:use [^\n]*;\n)?(?:SET (?:[^\n=]*=\d*,)*timestamp=(\d+(?:\.\d+)?);\n)?"
)
_END = re.compile(r"\bEnd: (\S+)")
_SERVER = re.compile(r"^\S*(?:mysqld|mariadbd)\S*, Version: (\S+) .*started with:.*$", re.M)
_SERVER_LINES = re.compile(r"^(?:Tcp port: .*|Time[ \t]+Id Command[ \t]+Argument.*)$", re.M)
_OLD_TIME = re.compile(r"(\d\d)(\d\d)(\d\d) +(\d\d?:\d\d:\d\d(?:\.\d+)?)")
LONGEST_S = 1e7


def recognizes(head: Head) -> float:
    """Its own headers; also the log of a server that met no slow statement."""
    text = head.text
    if "# Query_time: " in text and "Lock_time: " in text:
        return 0.98
    return 0.95 if _SERVER.search(text) and "Id Command" in text else 0.0


@collector(kind="mysql_slow_log", title="MySQL slow query log", recognizes=recognizes, role="db")
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """Statements, with their values taken out."""
    entries, text = _Entries(bad), ""
    for first, text in pieces(raw, b"# User@Host:"):
        entries.read(first, text)
    if raw.torn:
        entries.end_torn(raw.lines_read, text[text.rfind("\n") + 1 :])
    return Reading(
        statements=[entries.statements()],
        facts=[Fact("db.slow_query_log", "ON"), *entries.facts],
        naive=entries.naive,
    )


def _parts(entry: str) -> list[tuple[int, str]]:
    """An entry, cut where others without "# User@Host:" follow it; lines before each."""
    if entry.count(_QUERY_TIME) < 2:
        return [(0, entry)]
    first, *rest = entry.split(_QUERY_TIME)
    parts = [(0, first + _QUERY_TIME + rest[0])]
    offset = parts[0][1].count("\n") + 1
    for text in rest[1:]:
        parts.append((offset, _QUERY_TIME + text))
        offset += 1 + text.count("\n")
    return parts


class _Entries:
    """The columns, entry by entry."""

    def __init__(self, bad: BadLines) -> None:
        self._bad, self._times = bad, LogTimes()
        self._prints = Fingerprints("mysql")
        self._rows = array("d")  # six numbers a statement
        self._codes, self._lines = array("q"), array("q")
        self._time = ""  # what the last "# Time:" says
        self._missed = False
        self.facts: list[Fact] = []
        self.naive = False

    def read(self, first: int, text: str) -> None:
        """Every entry of a piece of the log."""
        head, *entries = ("\n" + text).split(_MARK)
        self._before_entries(first, head)
        number = first + head.count("\n")
        for entry in entries:
            lines = entry.count("\n") + 1
            if "started with:" in entry:
                entry = self._take_server(number, entry)
            for offset, part in _parts(entry):
                at = part.rfind("\n# Time: ")
                self._add(number + offset, (part if at < 0 else part[:at]) + "\n")
                self._time = part[at + 9 : at + 49] if at >= 0 else self._time
            number += lines

    def _before_entries(self, first: int, head: str) -> None:
        for number, line in enumerate(self._take_server(first - 1, head).split("\n"), first - 1):
            if line.startswith("# Time: "):
                self._time = line[8:]
            elif line.strip():
                self._bad.note(number, _shown(line))

    def _take_server(self, first: int, text: str) -> str:
        """Take the version from the lines that a starting server writes; blank them."""
        for match in _SERVER.finditer(text):
            line = first + text.count("\n", 0, match.start())
            product = "MariaDB" if "mariadb" in match[0].lower() else "MySQL"
            if match[1] not in [fact.value for fact in self.facts]:
                self.facts.append(Fact("db.product", product, line=line))
                self.facts.append(Fact("db.version", match[1], line=line))
        return _SERVER.sub("", _SERVER_LINES.sub("", text))

    def _add(self, number: int, entry: str) -> None:
        match = _ENTRY.match(entry)
        # Old servers wrote 18446744073709.55 where a clock stepped back.
        self._missed = match is None or float(match[2]) > LONGEST_S or match.end() == len(entry)
        if match is None or self._missed:
            self._bad.note(number, _shown("# User@Host:" + entry))
            return
        before, took, lock, sent, examined, after, timestamp = match.groups()
        duration_s = float(took)
        statement = entry[match.end() :]
        if statement.startswith("# admin"):
            statement = statement[2:]
        scan = float("Full_scan: Yes" in after) if "Full_scan: " in after else math.nan
        at_s = self._ended(before, after, timestamp, duration_s)
        self._rows.extend((at_s, duration_s, float(lock), float(examined), float(sent), scan))
        self._codes.append(self._prints.code(statement))
        self._lines.append(number)

    def _ended(self, before: str, after: str, timestamp: str | None, duration_s: float) -> float:
        if "End: " in after and (found := _END.search(after)):
            return self._times.at(found[1])
        time = self._time
        if time[4:5] == "-":  # ISO: 2026-11-23T04:05:06.123456Z
            at_s, aware = self._times.at(time), self._times.aware
            if timestamp is None or aware:
                self.naive |= not aware
                return at_s
        if timestamp is not None:
            started = "QC_hit: " in before and "Thread_id: " in before  # MariaDB
            return float(timestamp) + (duration_s if started else 0.0)
        self.naive = True
        old = _OLD_TIME.match(time)
        return self._times.at("20{}-{}-{} {:0>8}".format(*old.groups())) if old else math.nan

    def end_torn(self, number: int, tail: str) -> None:
        """The file ended inside a line: what that line left incomplete is no entry."""
        if self._missed or not tail or tail.endswith(";"):
            return
        if not tail.startswith("#") and self._lines:
            del self._rows[-6:], self._codes[-1:], self._lines[-1:]
        self._bad.note(number, _shown(tail))

    def statements(self) -> Statements:
        """What was read."""
        at, took, lock, examined, sent, scan = np.array(self._rows).reshape(-1, 6).T
        prints = Labels(np.array(self._codes, np.int64), self._prints.names)
        lines = np.array(self._lines, np.int64)
        return Statements(at, took, lock, examined, sent, scan, prints, lines)


def _shown(text: str) -> str:
    """The first line of what could not be read, without values."""
    line = text.split("\n", 1)[0]
    return line if line.startswith("#") else careful(fingerprint(line))

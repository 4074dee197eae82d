"""Gatling's simulation.log as bytes, which 3.13 and later write.

Big-endian records, each after a byte that tells what it is: 0 run (version, class, start in epoch
milliseconds, description, scenarios, assertions), 1 request (groups, name, start, end, OK,
message), 2 user (scenario, began or ended, time), 3 group, 4 error (message, time). Times are
milliseconds since the start. A text is its length, its bytes, and whether they are Latin-1 (0) or
UTF-16 (1) in the byte order of the machine; a text that comes again is told by its number,
negated. In place of lines the records are numbered. Of a run that was killed the end is lost.

Source: LogFileDataWriter.scala and LogFileReader.scala of https://github.com/gatling/gatling
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from diagnose.badlines import BadLines
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Fact, Reading

from ._best_commands import BEST
from ._gatling_run import Run

VERSION = re.compile(rb"\0\0\0\0[\x03-\x28](\d+\.\d+[\w.+-]*)\0\0\0")
RUN, REQUEST, USER, GROUP, ERROR = range(5)
UTF16 = 1
MOST = 1 << 20  # a text longer than this is no text


def recognizes(head: Head) -> float:
    """By the record of the run, which begins with a version."""
    return 0.99 if VERSION.match(head.raw) else 0.0


@collector(
    kind="gatling_binary_log",
    title="Gatling simulation.log (binary)",
    recognizes=recognizes,
    role="load_generator",
    tool="Gatling",
    best=BEST["gatling"],
    gives=("series", "percentiles", "errors", "users", "routes", "clock"),
)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """One Load a run."""
    reading = Reading(facts=[Fact("load.tool", "gatling")])
    log = _Log(raw.whole())
    try:
        log.read()
    except (struct.error, IndexError):
        raw.torn = True
        reading.notes.append(
            "its last record has no end: the run was cut, its last requests are lost"
        )
    except ValueError as error:
        bad.note(log.record, str(error))
        reading.notes.append(f"record {log.record:,} cannot be read, nor what comes after it")
    for run in log.runs:
        run.fill(reading)
    return reading


@dataclass(slots=True)
class _Log:
    """A place in the bytes, and what was read up to it."""

    data: bytes
    at: int = 0
    record: int = 0
    runs: list[Run] = field(default_factory=list)
    _start: int = 0
    _texts: dict[int, str] = field(default_factory=dict)

    def read(self) -> None:
        """All records; struct.error or IndexError where the bytes end, ValueError at nonsense."""
        read = {
            RUN: self._run,
            REQUEST: self._request,
            USER: self._user,
            GROUP: self._group,
            ERROR: self._error,
        }
        while self.at < len(self.data):
            self.record += 1
            kind = self._byte()
            if kind not in read:
                raise ValueError(f"a record of the unknown kind {kind}")
            read[kind]()

    def _byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def _int(self) -> int:
        (value,) = struct.unpack_from(">i", self.data, self.at)
        self.at += 4
        return int(value)

    def _count(self) -> int:
        value = self._int()
        if not 0 <= value <= MOST:
            raise ValueError(f"{value} is no length")
        return value

    def _bytes(self, length: int) -> bytes:
        if self.at + length > len(self.data):
            raise IndexError("the bytes end here")
        self.at += length
        return self.data[self.at - length : self.at]

    def _text(self) -> str:
        length = self._count()
        if not length:
            return ""
        value = self._bytes(length)
        code = "utf-16-le" if self._byte() == UTF16 else "latin-1"
        return value.decode(code, errors="replace")

    def _known(self) -> str:
        """A text that is told in full the first time, and by its number after that."""
        number = self._int()
        if number >= 0:
            self._texts[number] = " ".join(self._text().split())
        elif -number not in self._texts:
            raise ValueError(f"text {-number} was never told")
        return self._texts[abs(number)]

    def _run(self) -> None:
        run = Run(self._text(), self.record)
        self._text()
        (self._start,) = struct.unpack(">q", self._bytes(8))
        self._text()
        for _ in range(self._count()):
            self._text()
        for _ in range(self._count()):
            self._bytes(self._count())
        self._texts = {}
        self.runs.append(run)

    def _request(self) -> None:
        groups = [self._known() for _ in range(self._count())]
        name = " / ".join([*groups, self._known()])
        start, end = self._start + self._int(), self._start + self._int()
        good, text = self._byte(), self._known()
        failure = "" if good else text or "KO without a message"
        self.runs[-1].request(name, start, end, failure, self.record)

    def _user(self) -> None:
        self._int()
        change = 1 if self._byte() else -1
        self.runs[-1].user(change, self._start + self._int())

    def _group(self) -> None:
        for _ in range(self._count()):
            self._known()
        self._bytes(13)

    def _error(self) -> None:
        text = self._known()
        self.runs[-1].error(text, self._start + self._int(), self.record)

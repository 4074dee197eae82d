"""The binary file of `sar -o` and `sadc` (sa.bin, /var/log/sysstat/sa23).

Only the sysstat that wrote it, or one not much newer or older, can read it: where `sadf` is
installed here it is asked for JSON (without a shell, for two minutes at the most), else the
user is told the command. The file begins with two numbers, 0xd596 and the version of the
format (0x2175 since 12.1), in the byte order of the host.

Source: sa.h (SYSSTAT_MAGIC, FORMAT_MAGIC); https://man7.org/linux/man-pages/man1/sadf.1.html
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from diagnose.badlines import BadLines
from diagnose.errors import UnreadableSource
from diagnose.plugins import collector
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading

from ._sadf import read

TIMEOUT_S = 120
FORMAT = 0x21  # the upper half of every FORMAT_MAGIC


def recognizes(head: Head) -> float:
    """The two magic numbers, in either byte order."""
    little = head.raw[:2] == b"\x96\xd5" and head.raw[3:4] == bytes([FORMAT])
    big = head.raw[:2] == b"\xd5\x96" and head.raw[2:3] == bytes([FORMAT])
    return 0.99 if little or big else 0.0


@collector(kind="sysstat_binary", title="sysstat's binary recording", recognizes=recognizes)
def parse(raw: RawFile, bad: BadLines) -> Reading:
    """What sadf makes of it; lines are 0, for a binary file has none."""
    name = Path(raw.path).name
    sadf = shutil.which("sadf")
    if sadf is None:
        raise UnreadableSource(
            raw.path, "a binary recording of sysstat, and sadf is not installed here",
            hint=f"on the host itself, run `sadf -j {name} -- -A > sadf.json`",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "sadf.json"
        why = _convert(sadf, _plain(raw, Path(folder)), frame)
        reading = read(RawFile(raw.path, frame), bad)
    if not reading.samples:
        raise UnreadableSource(
            raw.path, f"sadf cannot read this recording ({why or 'it holds no sample'})",
            hint=f"on the host itself, run `sadf -j {name} -- -A > sadf.json`; a recording of an "
            f"older version is converted by `sadf -c {name} > converted`",
        )  # fmt: skip
    if why:
        reading.notes.append(f"sadf said of this recording: {why}; what it gave was read")
    return _without_lines(reading)


def _plain(raw: RawFile, folder: Path) -> Path:
    """The file itself, or a copy that is not compressed."""
    with raw.where.open("rb") as file:
        if file.read(2) in (b"\x96\xd5", b"\xd5\x96"):
            return raw.where.resolve()
    unpacked = folder / "sa.bin"
    unpacked.write_bytes(raw.whole())
    return unpacked


def _convert(sadf: str, recording: Path, frame: Path) -> str:
    """Run sadf; what it complained of, or "" where it was content."""
    try:
        with frame.open("wb") as output:
            done = subprocess.run(
                [sadf, "-j", str(recording), "--", "-A"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                timeout=TIMEOUT_S,
                check=False,
                env={"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"},
            )
    except subprocess.TimeoutExpired:
        return f"it took longer than {TIMEOUT_S} s"
    except OSError as error:
        return str(error.strerror)
    said = "; ".join(done.stderr.decode("utf-8", "replace").split("\n")).strip("; ")
    return said.replace(str(recording), recording.name)


def _without_lines(reading: Reading) -> Reading:
    reading.samples = [replace(s, lines=np.zeros(len(s.values), np.int64)) for s in reading.samples]
    reading.facts = [replace(fact, line=0) for fact in reading.facts]
    reading.limits = [replace(limit, line=0) for limit in reading.limits]
    reading.notes = [note for note in reading.notes if "at line" not in note]
    return reading

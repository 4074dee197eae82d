"""A run directory copied through a redactor, as `diagnose collect --redact` would have kept it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from diagnose.collect.redaction import Redactor

BLOCK = 1 << 16


def redacted_copy(run: Path, to: Path, redactor: Redactor) -> Path:
    """Every file of the run but what `analyze` itself writes, in blocks of whole lines."""
    for file in sorted(path for path in run.rglob("*") if path.is_file()):
        if file.name.partition(".")[0] in ("report", "verdict"):
            continue
        packed = file.suffix == ".gz"
        data = gzip.decompress(file.read_bytes()) if packed else file.read_bytes()
        stream = redactor.stream()
        out = b"".join(map(stream, blocks(data)))
        target = to / file.relative_to(run)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(gzip.compress(out, 1) if packed else out)
    return to


def blocks(data: bytes, most: int = BLOCK) -> Iterator[bytes]:
    """Pieces that end where a line does."""
    at = 0
    while at < len(data):
        end = data.rfind(b"\n", at, at + most) + 1 or data.find(b"\n", at) + 1 or len(data)
        yield data[at:end]
        at = end


def all_bytes(run: Path) -> bytes:
    """Contents of all files, unpacked, with their names."""
    out = []
    for file in sorted(path for path in run.rglob("*") if path.is_file()):
        data = file.read_bytes()
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        out += [str(file.relative_to(run)).encode(), plain]
    return b"\n".join(out)

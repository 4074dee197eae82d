"""Read one fixture as `analyze` would, for tests of collectors."""

from __future__ import annotations

from pathlib import Path

from diagnose.badlines import BadLines
from diagnose.plugins import COLLECTORS, load
from diagnose.rawfile import Head, RawFile
from diagnose.readings import Reading, Samples

FIXTURES = Path(__file__).parent / "fixtures"
load("collectors")


def kind_of(path: Path) -> str:
    """The collector that claims a file most surely; "" if none does."""
    head = RawFile(path.name, path).head()
    return kind_of_head(head)


def kind_of_head(head: Head) -> str:
    certainty, kind = max((c.recognizes(head), k) for k, c in COLLECTORS.items())
    return kind if certainty > 0 else ""


def read(path: Path, kind: str, **context: dict[str, str]) -> tuple[Reading, BadLines]:
    """Parse a file with one collector; what it could not read is in the second value."""
    bad = BadLines(path.name)
    return COLLECTORS[kind].parse(RawFile(path.name, path, context), bad), bad


def write(tmp_path: Path, text: str | bytes, name: str = "file") -> Path:
    """A file that a test writes itself."""
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def sample(reading: Reading, metric: str, part: str = "") -> Samples:
    """The one series of a metric and part."""
    (found,) = [s for s in reading.samples if (s.metric, s.part) == (metric, part)]
    return found

"""A collection with `--redact`: its private map, and the diagnose.toml that only its owner sees.

Runs that lie side by side share one map, so that they can be compared. The run keeps a
diagnose.toml of stand-ins; the one with the hosts' names lies beside the map, for a collection
that goes on later.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from pathlib import Path

from diagnose.collect.redaction import Redactor, know, map_path
from diagnose.topology import Settings
from diagnose.wholefile import write_whole

NAME = "diagnose.toml"
# Comments and descriptions: what they tell of whom is for a person to judge.
_FREE = re.compile(
    rb"(?m)^[ \t]*description[ \t]*=[ \t]*(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|[^\n]*)\n?"
    rb"|^[ \t]*#[^\n]*\n?|[ \t]#[^\"'\n]*$"
)
_MARK = b"# sha256 of the run's own: "


def disguise(run: Path, settings: Settings) -> Redactor:
    """The redactor of a run: its map is on the disk before the first stand-in is.

    Raises:
        DiagnoseError: the map cannot be read or written.
    """
    made = Redactor.open(map_path(_folder(run)))
    know(made, settings.places)
    made.save()
    return made


def keep_config(redactor: Redactor, path: Path, run: Path) -> None:
    """diagnose.toml in stand-ins for the run, and as it is beside the private map.

    Raises:
        DiagnoseError: one of them cannot be written.
    """
    data = path.read_bytes()
    if path == original(run):
        data = data.partition(b"\n")[2]
    shown = redactor.line(_FREE.sub(b"", data))
    private = _private(run)
    with contextlib.suppress(OSError):  # write_whole says what is wrong
        private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        run.mkdir(parents=True, exist_ok=True)
    write_whole(private, _MARK + _digest(shown) + b"\n" + data, mode=0o600)
    write_whole(run / NAME, shown)


def original(run: Path) -> Path | None:
    """The diagnose.toml that the run's was made of; None where the run's is no stand-in."""
    private = _private(run)
    try:
        mark = private.read_bytes().partition(b"\n")[0]
        same = mark == _MARK + _digest((run / NAME).read_bytes())
    except OSError:
        return None
    return private if same else None


def _folder(run: Path) -> str:
    return run.resolve().parent.name or "runs"


def _private(run: Path) -> Path:
    where = hashlib.sha256(os.fsencode(run.resolve())).hexdigest()[:8]
    shared = map_path(_folder(run))
    return shared.with_name(f"{shared.stem}.{map_path(run.resolve().name).stem}-{where}.toml")


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()

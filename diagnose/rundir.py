"""A run directory on disk: the only room that knows its file names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diagnose.errors import DiagnoseError, NothingToRead

# What diagnose itself writes beside the raw files; never read as a source.
OURS = {"diagnose.toml", "manifest.json", "verdict.json", "report.pdf"}
# Load tools write files of these names, too: ours are told by how they begin.
BEGINNINGS = {
    "report.html": rb'<!DOCTYPE html>.{0,600}<meta name="generator" content="diagnose ',
    "report.md": rb"## (Bottleneck|No bottleneck|Insufficient evidence): ",
    "report.txt": rb"(BOTTLENECK|NO BOTTLENECK|INSUFFICIENT EVIDENCE)  ",
}
PREFIX = "diagnose-"  # of our report where the name is a load tool's
OUR_FOLDERS = {"signals"}


@dataclass(frozen=True, slots=True)
class RawPath:
    """A raw file: `shown` is what reports print, `folder` the host's folder ("" if flat)."""

    where: Path
    shown: str
    folder: str


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """`path` as the user gave it; reports go to `out`."""

    path: Path
    out: Path

    @classmethod
    def open(cls, path: Path, out: Path | None = None) -> RunDirectory:
        """A folder, or one single file, that holds the results of a run.

        Raises:
            NothingToRead: there is no such thing.
        """
        try:
            there = path.exists()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            hint = "check its name and permissions"
            raise NothingToRead(f"{path} cannot be opened ({why})", hint=hint) from None
        if not there:
            raise NothingToRead(
                f"{path} does not exist",
                hint="give the folder that `diagnose collect` wrote, or any folder of files",
            )
        return cls(path, out or (path if path.is_dir() else path.parent))

    @property
    def name(self) -> str:
        """What the run is called if diagnose.toml does not say."""
        return self.path.resolve().name

    @property
    def toml(self) -> Path:
        """The system under test."""
        return (self.path if self.path.is_dir() else self.path.parent) / "diagnose.toml"

    @property
    def verdict(self) -> Path | None:
        """The diagnosis that is left where the raw files are gone; None where it is not alone."""
        file = self.path / "verdict.json" if self.path.is_dir() else self.path
        alone = self.path.is_file() or not self.raw_files()
        return file if alone and file.name == "verdict.json" and file.is_file() else None

    def raw_files(self) -> list[RawPath]:
        """Every raw file, in the order of its path, whatever the order on disk."""
        if self.path.is_file():
            return [RawPath(self.path, self.path.name, "")]
        raw = self.path / "raw"
        root = raw if raw.is_dir() else self.path
        found = [file for file in _walk(root) if not self._ours(file, root)]
        return sorted((self._raw_path(file, root) for file in found), key=lambda r: r.shown)

    def _ours(self, file: Path, root: Path) -> bool:
        parts = file.relative_to(root).parts
        hidden = any(part.startswith(".") for part in parts)
        ours = root == self.path and (
            (len(parts) == 1 and is_ours(file)) or parts[0] in OUR_FOLDERS
        )
        return hidden or ours

    def _raw_path(self, file: Path, root: Path) -> RawPath:
        parts = file.relative_to(root).parts
        folder = parts[0] if len(parts) > 1 else ""
        return RawPath(file, _spelt(file.relative_to(self.path).as_posix()), _spelt(folder))

    def write(self, name: str) -> Path:
        """Where a file of ours goes: never over one that somebody else wrote.

        Raises:
            DiagnoseError: the folder cannot be written to.
        """
        try:
            self.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DiagnoseError(
                f"cannot write to {self.out} ({error.strerror})",
                hint="name another folder with --out",
            ) from None
        target = self.out / name
        return target if not target.exists() or is_ours(target) else self.out / f"{PREFIX}{name}"


def is_ours(file: Path) -> bool:
    """Whether diagnose wrote a file, by its name, and by its beginning where others use that."""
    name = file.name.removeprefix(PREFIX)
    if name in OURS:
        return True
    if name not in BEGINNINGS:
        return False
    try:
        with file.open("rb") as opened:
            return re.match(BEGINNINGS[name], opened.read(1024), re.DOTALL) is not None
    except OSError:
        return False


def _walk(root: Path) -> Iterator[Path]:
    """Files below a folder, through links to folders too, each folder once.

    A folder that may not be read is given as if it were a file, so that it is told of.
    """
    denied: list[Path] = []
    seen = set()
    for top, folders, files in os.walk(
        root, onerror=lambda error: denied.append(Path(error.filename)), followlinks=True
    ):
        place = os.stat(top)
        if (place.st_dev, place.st_ino) in seen:
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        folders.sort()
        yield from (file for name in sorted(files) if (file := Path(top, name)).is_file())
    yield from (folder for folder in denied if folder != root)


def _spelt(name: str) -> str:
    """A file's name as text; bytes of it that are no UTF-8 become question marks."""
    return name.encode("utf-8", "replace").decode()

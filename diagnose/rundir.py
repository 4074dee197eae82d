"""A run directory on disk: the only room that knows its file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from diagnose.errors import DiagnoseError, NothingToRead

# What diagnose itself writes beside the raw files; never read as a source.
OURS = {
    "diagnose.toml",
    "manifest.json",
    "verdict.json",
    "report.html",
    "report.pdf",
    "report.md",
    "report.txt",
}
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
        if not path.exists():
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

    def raw_files(self) -> list[RawPath]:
        """Every raw file, in the order of its path, whatever the order on disk."""
        if self.path.is_file():
            return [RawPath(self.path, self.path.name, "")]
        raw = self.path / "raw"
        root = raw if raw.is_dir() else self.path
        found = [file for file in root.rglob("*") if file.is_file() and not self._ours(file, root)]
        return sorted((self._raw_path(file, root) for file in found), key=lambda r: r.shown)

    def _ours(self, file: Path, root: Path) -> bool:
        parts = file.relative_to(root).parts
        hidden = any(part.startswith(".") for part in parts)
        ours = root == self.path and (
            (len(parts) == 1 and parts[0] in OURS) or parts[0] in OUR_FOLDERS
        )
        return hidden or ours

    def _raw_path(self, file: Path, root: Path) -> RawPath:
        parts = file.relative_to(root).parts
        return RawPath(
            file, file.relative_to(self.path).as_posix(), parts[0] if len(parts) > 1 else ""
        )

    def write(self, name: str) -> Path:
        """Where a file of ours goes.

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
        return self.out / name

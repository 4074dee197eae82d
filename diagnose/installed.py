"""Modules that other installed packages announce to us by entry points.

A package beside us names them under one group a wing, each a module or a package of modules:

    [project.entry-points."diagnose.rules"]
    acme = "acme_diagnose.rules"

Source: https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from diagnose.errors import DiagnoseError


@dataclass(frozen=True, slots=True)
class Announced:
    """An entry point: its name, the module it names, and the package that it came with."""

    name: str
    module: str
    package: str

    def load(self) -> None:
        """Import the module; of a package every module whose name has no leading underscore."""
        module = importlib.import_module(self.module)
        for found in sorted(pkgutil.iter_modules(getattr(module, "__path__", [])), key=_name):
            if not found.name.startswith("_"):
                importlib.import_module(f"{self.module}.{found.name}")

    def __str__(self) -> str:
        return f"the plug-in {self.name} of {self.package}"

    def left_out(self, error: BaseException) -> None:
        """Remember that it could not be loaded."""
        BROKEN[self] = f"{self} was left out: {self.module} cannot be loaded ({_told(error)})"

    def guarded(self, recognizes: Callable[[Any], float]) -> Callable[[Any], float]:
        """A plug-in that fails to say whether a file is its own does not have it."""

        def asked(head: Any) -> float:
            try:
                return float(recognizes(head))
            except Exception as error:
                what = f"{self} failed to tell whether a file is its own ({_told(error)})"
                BROKEN[self] = f"{what}, and was taken not to know it"
                return 0.0

        return asked

    def writing(self, write: Callable[[Any, Any, Any], None]) -> Callable[[Any, Any, Any], None]:
        """A plug-in that fails to write a report ends in a sentence."""

        def written(*asked: Any) -> None:
            try:
                write(*asked)
            except (OSError, DiagnoseError):
                raise
            except Exception as error:
                hint = "leave its report out of --format"
                raise DiagnoseError(f"{self} cannot write ({_told(error)})", hint=hint) from None

        return written


BROKEN: dict[Announced, str] = {}  # what plug-ins failed to do, a sentence on each


def _told(error: BaseException) -> str:
    return error.what if isinstance(error, DiagnoseError) else f"{type(error).__name__}: {error}"


def announced(wing: str) -> Iterator[Announced]:
    """What installed packages announce for a wing, in the order of its names."""
    from importlib.metadata import entry_points  # slow to import, and `--help` needs none

    for point in sorted(entry_points(group=f"diagnose.{wing}"), key=lambda p: (p.name, p.value)):
        package = f"{point.dist.name} {point.dist.version}" if point.dist else "no known package"
        yield Announced(point.name, point.module, package)


def _name(found: pkgutil.ModuleInfo) -> str:
    return found.name

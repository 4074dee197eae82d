"""What can go wrong, and what to do about it.

Every error that the user can meet descends from DiagnoseError and carries a
hint. The command line catches that one class and nothing else, so a bug in our
own code still ends in a traceback.
"""

from __future__ import annotations


class DiagnoseError(Exception):
    """Base of every error shown to the user.

    Args:
        what: one sentence, no full stop.
        hint: what the user can do next, as an imperative.
    """

    exit_code = 3

    def __init__(self, what: str, *, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class UsageError(DiagnoseError):
    """The command was asked for something that it does not do."""

    exit_code = 2


class UnreadableSource(DiagnoseError):
    """A raw file has a shape that its parser does not know."""

    def __init__(self, path: str, what: str, *, line: int = 0, hint: str = "") -> None:
        super().__init__(f"{path}:{line}: {what}" if line else f"{path}: {what}", hint=hint)
        self.path = path
        self.line = line


class NothingToRead(DiagnoseError):
    """The folder holds no file that any collector knows."""


class BadTopology(DiagnoseError):
    """diagnose.toml cannot be read, or contradicts itself."""

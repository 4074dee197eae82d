"""Headers of sar and mpstat: which table stands below, and where its columns are.

    04:04:47 AM     CPU     %user     %nice   %system   %iowait    %steal     %idle

Column names are the same in every language; the clock in front is not, so the columns
begin at the first word that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ._sysstat_names import TEXT

_LABELS = ("CPU", "DEV", "IFACE", "FILESYSTEM", "MOUNTPOINT")
# A column that only this table has.
_MARKS = {
    "%idle": "cpu-load",
    "cswch/s": "process-and-context-switch",
    "runq-sz": "queue",
    "%scpu": "psi-cpu",
    "%sio": "psi-io",
    "%smem": "psi-mem",
    "kbmemfree": "memory",
    "kbswpfree": "memory",
    "pswpin/s": "swap-pages",
    "majflt/s": "paging",
    "DEV": "disk",
    "rxpck/s": "net-dev",
    "rxerr/s": "net-edev",
    "totsck": "net-sock",
    "fwddgm/s": "net-ip",
    "onort/s": "net-eip",
    "iseg/s": "net-tcp",
    "estres/s": "net-etcp",
    "squeezd/s": "softnet",
    "%fsused": "filesystems",
    "file-nr": "kernel",
}
_LABELLED = {"cpu-load", "disk", "net-dev", "net-edev", "softnet", "filesystems"}
_KNOWN = {column for columns in TEXT.values() for column in columns}
_FIRST = _KNOWN | set(_MARKS) | set(_LABELS) | {"dentunusd"}
_OF_PIDSTAT = {"PID", "TGID"}


@dataclass(frozen=True, slots=True)
class Header:
    """A header; `table` is "" where the vocabulary has no use for what stands below."""

    clock: str  # the words before the columns
    prefix: int  # how many they are
    width: int  # how many columns there are
    table: str
    label: int  # where the name of a row's device stands, -1 where rows have none
    keys: tuple[str, ...]  # as sadf's JSON has them
    places: tuple[int, ...]  # where their columns are

    @property
    def unit(self) -> tuple[str, ...]:
        """What tells this table from others of the file."""
        return (self.table, *self.keys)


def is_number(word: str) -> bool:
    """Whether a word is a value: it begins with a digit and holds no clock."""
    return (word[0].isdigit() or word[0] == "-") and ":" not in word and word[-1] not in "時分秒초"


UNKNOWN = Header("", 0, 0, "", -1, (), ())


def header(words: Sequence[str], after_blank: bool = False) -> Header | None:
    """The header that the words of a line are; None for any other line.

    Below a blank line, words without a number head a table that we do not know.
    """
    if len(words) < 2 or is_number(words[-1]) or is_number(words[-2]):
        return None
    return _header(tuple(words)) or (UNKNOWN if after_blank else None)


@lru_cache(maxsize=512)
def _header(words: tuple[str, ...]) -> Header | None:
    begin = next((i for i, word in enumerate(words) if _is_column(word)), 0)
    if not begin:
        return None
    columns = words[begin:]
    table = _table(columns)
    label = next((i for i, column in enumerate(columns) if column in _LABELS), -1)
    named = [(TEXT[table][c], i) for i, c in enumerate(columns) if table and c in TEXT[table]]
    keys, places = tuple(key for key, _ in named), tuple(place for _, place in named)
    return Header(" ".join(words[:begin]), begin, len(columns), table, label, keys, places)


def _is_column(word: str) -> bool:
    return word in _FIRST or word in _OF_PIDSTAT or word.endswith("/s") or word[0] == "%"


def _table(columns: tuple[str, ...]) -> str:
    if _OF_PIDSTAT & set(columns):
        return ""
    table = next((_MARKS[column] for column in columns if column in _MARKS), "")
    labelled = any(label in columns for label in _LABELS)
    return "" if table in _LABELLED and not labelled else table

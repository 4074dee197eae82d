"""Hosts told by the names of files that lie flat: edge-7_nstat.txt beside pg_nstat.txt."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePath

FEWEST = 2  # hosts, and files of each
# Words that tell files of one kind apart, and name no host.
_NO_HOST = re.compile(
    r"\d*|before|after|pre|post|begin|start|end|first|last|old|new|idle|load|run\d*|test\d*"
    r"|in|out|raw|log|logs|txt|csv|json|data|stats?|all",
    re.IGNORECASE,
)


def hosts_in(files: Iterable[tuple[str, str]]) -> set[str]:
    """Words at one end of file names that can only be hosts; files are (path, kind).

    Each must stand on files of several kinds, and set apart files of a kind that others
    have as well: several files of one kind are of several hosts.

    >>> nstat = [("a-1_nstat.txt", "nstat"), ("pg_nstat.txt", "nstat")]
    >>> sorted(hosts_in([*nstat, ("a-1_access.log", "nginx"), ("pg_db.log", "postgres")]))
    ['a-1', 'pg']
    >>> hosts_in([("nstat_before.txt", "nstat"), ("nstat_after.txt", "nstat")])
    set()
    """
    names = [(PurePath(path).name, kind) for path, kind in files]
    found = [_at(names, separators, end) for separators in ("_", ".", "-") for end in (0, -1)]
    best = max(found, key=lambda words: sum(map(len, words.values())))  # the most files
    return set(best)


def _at(names: list[tuple[str, str]], separator: str, end: int) -> dict[str, list[str]]:
    """Word at one end -> the kinds of the files that bear it, for words that may be hosts."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for name, kind in names:
        stem = name if separator == "." and end == 0 else name.rpartition(".")[0] or name
        words = stem.split(separator)
        if len(words) > 1 and not _NO_HOST.fullmatch(words[end]):
            kinds[words[end]].append(kind)
    named = {word: k for word, k in kinds.items() if len(set(k)) >= FEWEST}
    shared = {
        word: mine
        for word, mine in named.items()
        if any(set(mine) & set(others) for other, others in named.items() if other != word)
    }
    return shared if len(shared) >= FEWEST else {}

"""Messages of a log, counted by what they say; and lines as they may be shown.

A table gives, for each message of diagnose.metrics, the words that tell it. The first row
that matches wins, so the telling ones stand before the general ones.
"""

from __future__ import annotations

import re
from array import array

import numpy as np

from diagnose.metrics import message
from diagnose.readings import Occurrences

from ._fingerprint import fingerprint

SHOWN = 200  # characters of an example
OTHER = "other_error"
_SECRET = re.compile(
    r"(?i)((?:pass(?:word|wd)?|pwd|token|secret|api[-_]?key|authorization|cookie|session(?:id)?"
    r"|access[-_]?key|credential)\w*[\"']?\s*(?:[=:]|\bis\b)\s*(?:bearer |basic )?)"
    r"(\"[^\"]*\"?|'[^']*'?|[^\s,;&)\]}]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic) [\w.~+/=-]{8,}")
_USERINFO = re.compile(r"(\w+://[^\s/:@]*):[^\s/@]+@")
_QUERY = re.compile(r"(/[^\s?\"']*)\?[^\s\"']+")
_SQL = re.compile(
    r"(?s)\b(?:SELECT\s.+?\sFROM|INSERT\s+INTO|REPLACE\s+INTO|UPDATE\s.+?\sSET|DELETE\s+FROM"
    r"|select\s.+?\sfrom|insert\s+into|replace\s+into|update\s.+?\sset|delete\s+from"
    r"|ALTER\s+USER|CREATE\s+USER|alter\s+user|create\s+user|SET\s+PASSWORD|EXECUTE\s|CALL\s)"
)
_TORN_SQL = re.compile(r"\b(?:SELECT|INSERT|REPLACE|UPDATE|DELETE|VALUES|WHERE)\b(?= )")
_DUPLICATE = re.compile(
    r"(Duplicate entry|Incorrect \S+ value:?|near|value:|Key \([^)]*\)=) ?"
    r"(?:'.*'|\".*\"|\([^)]*\))"
)


def shown(line: str, dialect: str = "mysql") -> str:
    """A line without values of statements, passwords, tokens and query strings.

    >>> shown("ERROR query failed: UPDATE users SET pw='x' WHERE id=7")
    'ERROR query failed: UPDATE users SET pw=? WHERE id=?'
    >>> shown("login password=hunter2 GET /a?token=9 mysql://app:pw@db/shop")
    'login password=… GET /a?… mysql://app:…@db/shop'
    """
    line = line[: 4 * SHOWN]
    line = _BEARER.sub(r"\1 …", _SECRET.sub(r"\1…", _USERINFO.sub(r"\1:…@", line)))
    line = _DUPLICATE.sub(r"\1 …", _QUERY.sub(r"\1?…", line))
    if found := _SQL.search(line):
        start = found.start()
        line = line[:start] + fingerprint(line[start:], dialect)
    elif found := _TORN_SQL.search(line):
        line = line[: found.end()] + " …"
    return "".join(c if c.isprintable() else " " for c in line[:SHOWN])


def careful(line: str) -> str:
    """A line that a database's log should not hold: nothing behind its first quote.

    >>> careful("  WHERE pw = 'hunter2' -- torn"), careful("innodb_x = lots")
    ('  WHERE …', 'innodb_x = lots')
    """
    before, quote, _ = re.sub(r"['\"`]", "\0", shown(line)).partition("\0")
    return f"{before}…" if quote else before


def _unquoted(line: str) -> str:
    """A line without all that stands between its first quote and its last.

    >>> _unquoted('column "a" is "b" here'), _unquoted("entry 'a'b' x")
    ("column '…' here", 'entry …')
    """
    quotes = [match.start() for match in re.finditer(r"(?<!\w)'|'(?!\w)|\"", line)]
    if not quotes:
        return line
    if len(quotes) % 2 or line.count("'") % 2:  # a string that did not end
        return line[: quotes[0]] + "…"
    return line[: quotes[0]] + "'…'" + line[quotes[-1] + 1 :]


class Messages:
    """Occurrences of one source's messages ("app", "db"), collected line by line.

    unsure: messages that the server writes only where it is told to. Their absence is no
    proof, so that they are given only where they occurred.
    """

    def __init__(
        self, source: str, table: str, dialect: str = "mysql", unsure: frozenset[str] = frozenset()
    ) -> None:
        self._source, self._dialect, self._unsure = source, dialect, unsure
        rows = [row.split(None, 1) for row in table.strip().splitlines()]
        self._slugs = [slug for slug, _ in rows]
        self._patterns = [(slug, re.compile(words.strip())) for slug, words in rows]
        self._any = re.compile("|".join(f"(?:{words.strip()})" for _, words in rows))
        known = [*self._slugs, OTHER]
        self._at: dict[str, array[float]] = {slug: array("d") for slug in known}
        self._lines: dict[str, array[int]] = {slug: array("q") for slug in known}
        self._examples: dict[str, str] = {}

    def slug(self, text: str) -> str:
        """Which message a line is; "" for none of the table."""
        if self._any.search(text) is None:
            return ""
        return next(slug for slug, pattern in self._patterns if pattern.search(text))

    def more_telling(self, one: str, other: str) -> str:
        """Of two slugs of one event the one whose row stands first."""
        ranks = {slug: rank for rank, slug in enumerate(self._slugs)}
        return min((one, other), key=lambda s: ranks.get(s, len(ranks) + (s == "")))

    def count(self, slug: str, at_s: float, number: int, line: str) -> None:
        """One occurrence at line `number`."""
        self._at[slug].append(at_s)
        self._lines[slug].append(number)
        if slug not in self._examples:
            if slug == OTHER and self._source == "db":  # invalid input syntax: "abc"
                line = _unquoted(line)
            self._examples[slug] = shown(line, self._dialect)

    def occurrences(self) -> list[Occurrences]:
        """All messages of the table, those that did not occur as well."""
        return [
            Occurrences(
                message(self._source, slug),
                np.array(self._at[slug], float),
                np.array(self._lines[slug], np.int64),
                example=self._examples.get(slug, ""),
            )
            for slug in self._at
            if self._lines[slug] or slug not in self._unsure
        ]

"""SQL statements without their values: what may be shown of a statement, and grouped by.

Strings, numbers, parameters and comments go; lists of values become one; white space
becomes a space. Where the quoting cannot be told, all from the first quote on is dropped:
a value is never kept. Longer statements are cut first.
"""

from __future__ import annotations

import re

LONGEST = 4096  # characters of a statement that are looked at; a choice
SHOWN = 600  # and of its fingerprint that are kept
CACHED = 50_000
DISTINCT = 20_000
OTHER = "other statements"
_NAME_HAS_DIGITS = -1

_SAME_DIGIT = str.maketrans("123456789", "000000000")
_WHOLE_NUMBER = re.compile(r"\b\d+")
_NUMBERS = r"0x[0-9a-f]+|(?<![\w.$`\"])\d+(?:\.\d*)?(?:e[-+]?\d+)?(?![\w.])|(?<![\w.)`\"])\.\d+"
_OPEN = r"(?P<open>\Z)?"  # the statement ended inside a string
_TOKENS = {
    # MySQL: both quotes are strings (ANSI_QUOTES is rare, and losing a name is no harm).
    "mysql": re.compile(
        r"(?P<name>`[^`]*`)"
        rf"|(?P<string>(?:(?<!\w)[nxb])?(?P<q>['\"])(?:[^'\"\\]|\\.|(?P=q){{2}}|(?!(?P=q)).)*{_OPEN}"
        r"(?P=q)?)"
        r"|(?P<gap>/\*.*?(?:\*/|\Z)|--(?=\s|\Z)[^\n]*|\#[^\n]*|\s+)"
        rf"|(?P<number>{_NUMBERS})",
        re.IGNORECASE | re.DOTALL,
    ),
    # PostgreSQL: backslashes only in E'', double quotes are names, $tag$ strings, $1 values.
    "postgres": re.compile(
        r'(?P<name>"[^"]*")'
        rf"|(?P<string>(?<!\w)e'(?:[^'\\]|\\.|'')*(?P<openE>\Z)?'?|(?:(?<!\w)(?:[nxb]|u&))?"
        rf"'(?:[^']|'')*{_OPEN}'?|(?<!\w)(?P<tag>\$(?:[a-z_]\w*)?\$).*?(?:(?P=tag)|\Z))"
        r"|(?P<gap>/\*.*?(?:\*/|\Z)|--[^\n]*|\s+)"
        rf"|(?P<number>\$\d+|{_NUMBERS})",
        re.IGNORECASE | re.DOTALL,
    ),
}
_SIGN = re.compile(r"((?:[=(,<>]|\b(?:and|or|between|limit|in|set|then|else|when)) ?)[-+]\?", re.I)
_ITEM = r"(?:\?|null|true|false|default)"
_LIST = re.compile(rf"\bin ?\( ?{_ITEM}(?: ?, ?{_ITEM})* ?\)", re.I)
_CALL = r"\((?:[^()]|\([^()]*\))*\)"
_TUPLE = rf"\([^()]*(?:{_CALL}[^()]*)*\)"
_ROWS = re.compile(
    rf"(?<![=(])(?<![=(] )\b(values?) ?{_TUPLE}(?: ?, ?{_TUPLE})*(?: ?, ?\([^)]*\Z)?", re.I
)
_DOUBT = re.compile(r"['\"].*\Z", re.DOTALL)


class Fingerprints:
    """Codes of fingerprints, remembered by the statement with its digits made alike."""

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect
        self._codes: dict[str, int] = {}
        self._known: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._codes)

    def code(self, statement: str) -> int:
        """The code of a statement's fingerprint."""
        key = statement[:LONGEST].translate(_SAME_DIGIT)
        code = self._known.get(key)
        if code == _NAME_HAS_DIGITS:
            key = _WHOLE_NUMBER.sub("1", statement[:LONGEST])
            code = self._known.get(key)
        return self._learn(statement, key) if code is None else code

    def _learn(self, statement: str, key: str) -> int:
        name = fingerprint(statement, self._dialect)
        if len(self._codes) >= DISTINCT:
            name = OTHER
        code = self._codes.setdefault(name, len(self._codes))
        if len(self._known) >= CACHED:
            self._known.clear()
        if any(map(str.isdigit, name)):
            # orders_1 and orders_2 have one key: only whole numbers may be made alike.
            self._known[statement[:LONGEST].translate(_SAME_DIGIT)] = _NAME_HAS_DIGITS
            key = _WHOLE_NUMBER.sub("1", statement[:LONGEST])
        self._known[key] = code
        return code


def fingerprint(statement: str, dialect: str = "mysql") -> str:
    """The statement without values.

    >>> fingerprint("SELECT *  FROM t1 /* x */ WHERE a = -5 AND b IN (1, 'x''y', NULL)")
    'SELECT * FROM t1 WHERE a = ? AND b IN (…)'
    >>> fingerprint("INSERT INTO t (a, b) VALUES (1, now()), (2, 'x'); ")
    'INSERT INTO t (a, b) VALUES (…)'
    >>> fingerprint('SELECT "id" FROM t WHERE a = $1 AND b = $$secret$$', "postgres")
    'SELECT "id" FROM t WHERE a = ? AND b = ?'
    """
    doubtful = False

    def plain(match: re.Match[str]) -> str:
        nonlocal doubtful
        kind = match.lastgroup
        if kind == "name":
            return match[0]
        if kind == "gap":
            return " "
        doubtful |= kind == "string" and match["open"] is not None and unsure
        return "?"

    cut = statement[:LONGEST]
    unsure = "\\" in cut or len(statement) <= LONGEST
    text = _TOKENS[dialect].sub(plain, cut)
    if doubtful:  # the quotes do not pair: trust nothing behind the first
        text = _TOKENS[dialect].sub(plain, _DOUBT.sub("?", cut))
    text = " ".join(text.split()).rstrip("; ")
    text = _SIGN.sub(r"\1?", text)
    text = _LIST.sub(lambda m: m[0][:2] + " (…)", text)
    text = _ROWS.sub(r"\1 (…)", text)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"

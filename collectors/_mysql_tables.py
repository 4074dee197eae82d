r"""Tables of two columns as the mysql client prints them: batch, boxed, vertical, raw.

Threads_connected\t17        | Threads_connected | 17 |        Variable_name: max_connections
                                                                       Value: 151
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from diagnose.rawfile import Head
from diagnose.stamps import Block, blocks

_VERTICAL_NAME = re.compile(r"\s*variable_name: (\S+)\s*$", re.IGNORECASE)
_VERTICAL_VALUE = re.compile(r"\s*(?:value|variable_value): ?(.*)$", re.IGNORECASE)
_BOX = re.compile(r"[+-]{4,}$")
_ROW = re.compile(r"(?:\| *)?([A-Za-z]\w*) *[\t|] *([^|]*?) *\|?$")
# A row of SHOW PROCESSLIST, which many sample beside the status: its text is never taken.
_PROCESS = re.compile(r"(?:\| *)?(?:Id *[\t|] *User\b|\d+ *[\t|][^\t|]*[\t|])")
PROCESSES = "Id"
CLIENT_SAYS = ("mysql>", "MariaDB [", "mysql: [Warning]", "mariadb: ", "Warning: ")


def outputs(lines: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """Blocks of lines; outputs without stamps are cut where the table begins anew."""
    for block in blocks(lines):
        if math.isnan(block.at_s):
            yield from _cut(block)
        else:
            yield block


def _cut(block: Block) -> Iterator[Block]:
    names: set[str] = set()
    part = Block(block.at_s)
    for number, line in block.lines:
        name = line.partition("\t")[0]
        if "\t" in line and name in names:
            yield part
            part, names = Block(block.at_s), set()
        names.add(name)
        part.lines.append((number, line))
    if part.lines:
        yield part


def pairs(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, str]]:
    """(line, name, value) of every row; the name is "" where a line is none.

    >>> list(pairs([(1, "Queries\\t5"), (2, "| Uptime | 7 |"), (3, "+----+"), (4, "torn")]))
    [(1, 'Queries', '5'), (2, 'Uptime', '7'), (4, '', 'torn')]
    """
    pending = ""
    for number, line in lines:
        name, tab, value = line.partition("\t")
        if tab and name.isidentifier() and "\t" not in value:
            yield number, name, value
        elif match := _ROW.match(line):
            yield number, match[1], match[2]
        elif match := _VERTICAL_NAME.match(line):
            pending = match[1]
        elif pending and (match := _VERTICAL_VALUE.match(line)):
            yield number, pending, match[1]
            pending = ""
        elif _PROCESS.match(line):
            yield number, PROCESSES, ""
        elif not _is_frame(line):
            yield number, "", line


def _is_frame(line: str) -> bool:
    """Boxes, stars, blank lines, and the count at the foot."""
    text = line.strip()
    if not text or text[0] in "*+" or _BOX.match(text):
        return True
    return text.endswith("sec)") or text.startswith(CLIENT_SAYS)


def names_in(head: Head) -> set[str]:
    """The names of a head's table; empty where it is none."""
    return {name for _, name, _ in pairs(enumerate(head.body, 1)) if name}

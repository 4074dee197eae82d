r"""What network gear writes to a screen, made plain text again.

It echoes what is typed, draws a prompt, stops at the end of a screen, and wipes that notice
away with backspaces, blanks or escape sequences.
"""

from __future__ import annotations

import re

NEXT_LINE = re.compile(r"\x1bE|\x1b\[2J")
FIRST_COLUMN = re.compile(r"\x1b\[(?:\d*(?:;1?)?)?H")
ERASE, ERASE_ALL = re.compile(r"\x1b\[0?K"), re.compile(r"\x1b\[2K")
ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[()][0-9A-B]|[ -/]*[0-~])"
)
WIPED = "\x7f"  # stands for ERASE: from here to the end of the line
# The last line, where gear waits to be told that the next screen may come.
MORE = re.compile(
    r"\s*(?:<?-{1,5} ?\(?more\b.{0,70}|press any key\b.{0,70}|more: <space>.{0,70}"
    r"|lines? \d+-\d+.{0,30}|:)\Z",
    re.IGNORECASE,
)
END = re.compile(r".{0,40}\(END\)\Z")  # where `less` waits to be left
PROMPT = re.compile(r".{0,80}[>#$%]\Z")
REFUSAL = re.compile(
    r"\s*(?:% ?\w|error\b|invalid (?:input|command)|unknown (?:command|action)|syntax error"
    r"|unrecognized command|ambiguous (?:input|command)|incomplete (?:input|command)"
    r"|(?:command )?authorization (?:failed|denied)|permission denied)",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    r"""The text without escapes, as it stood on the screen at last.

    >>> plain("a\x1b[7m--More--\x1b[m\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\bb\r\n")
    'ab\n'
    >>> plain("--More--\r\x1b[KEt1\r\r\nMore\r    \rEthernet2 is up\r\n")
    'Et1\nEthernet2 is up\n'
    """
    text = ERASE_ALL.sub(f"\r{WIPED}", ERASE.sub(WIPED, text))
    text = FIRST_COLUMN.sub("\r", NEXT_LINE.sub("\n", text))
    text = ESCAPE.sub("", text).replace("\0", "").replace("\x07", "")
    return "\n".join(_drawn(line) for line in re.split(r"\r*\n", text))


def last_line(text: str) -> str:
    """What stands where the cursor is."""
    return plain(text[-2000:]).rpartition("\n")[2]


def refusal(text: str) -> str:
    r"""The line by which gear refuses a command; "" where it carries it out.

    >>> refusal("     ^\n% Invalid input detected at '^' marker.\n")
    "% Invalid input detected at '^' marker."
    """
    lines = [line for line in text.splitlines() if line.strip()][:4]
    return next((line.strip() for line in lines if REFUSAL.match(line)), "")


def _drawn(line: str) -> str:
    """One line with its backspaces and returns carried out."""
    if not any(c in line for c in "\b\r" + WIPED):
        return line
    cells: list[str] = []
    at = 0
    for character in line:
        if character == "\r":
            at = 0
        elif character == "\b":
            at = max(0, at - 1)
        elif character == WIPED:
            del cells[at:]
        else:
            cells[at : at + 1] = [character]
            at += 1
    return "".join(cells).rstrip(" ")

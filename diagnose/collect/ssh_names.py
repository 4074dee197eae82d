"""Hosts that ~/.ssh/config names, for `diagnose init`. How each is reached, ssh itself resolves.

Source: man 5 ssh_config (Host, Match, Include)
"""

from __future__ import annotations

import glob
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from diagnose.collect.machines import Machine, merged, with_role
from diagnose.errors import UsageError

DEPTH = 16  # of Include, as ssh has it
PATTERN = re.compile(r"[*?!]")
_LINE = re.compile(r"\s*(?P<key>\w+)(?:\s*=\s*|\s+)(?P<rest>.*?)\s*$")


def ssh_names(path: Path | None = None) -> list[Machine]:
    """Every name without wildcards, with the address and the line that say so.

    path: instead of ~/.ssh/config, which need not exist.

    Raises:
        UsageError: the file cannot be read.
    """
    if path is None:
        path = Path("~/.ssh/config").expanduser()
        if not path.is_file():
            return []
    found = merged(_named(path, Path("~/.ssh").expanduser(), DEPTH))  # so does ssh with -F
    return [with_role(one, *one.addresses) for one in found]


def _named(path: Path, folder: Path, depth: int) -> Iterator[Machine]:
    """In the order of the file; what is included stands where it is included."""
    names: list[Machine] = []
    for number, key, words in _lines(path):
        if key in ("host", "match"):
            yield from names
            plain = [w for w in words if not PATTERN.search(w) and w.isprintable()]
            said = f"line {number} of {path}"
            names = [Machine(w, why=said, wanted=False) for w in plain if key == "host"]
        elif key == "hostname" and words:
            names = [_at(one, words[0]) for one in names]
        elif key == "include" and depth:
            for word in words:
                for inner in _included(word, folder):
                    yield from _named(inner, folder, depth - 1)
    yield from names


def _at(machine: Machine, address: str) -> Machine:
    address = address.replace("%h", machine.name).replace("%%", "%")
    return replace(machine, addresses=(address,)) if not machine.addresses else machine


def _lines(path: Path) -> Iterator[tuple[int, str, list[str]]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror})"
        raise UsageError(what, hint="name another file with --ssh-config") from None
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if match:
            yield number, match["key"].lower(), _words(match["rest"])


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:  # a quote that is left open: ssh refuses the line when it gets there
        return text.split()


def _included(word: str, folder: Path) -> list[Path]:
    """The files of an Include, as ssh looks for them."""
    pattern = os.path.expanduser(word)
    pattern = pattern if os.path.isabs(pattern) else str(folder / pattern)
    return [path for one in sorted(glob.glob(pattern)) if (path := Path(one)).is_file()]

"""Commands that show more to root, where the user has allowed that."""

from __future__ import annotations

import re

QUOTED = re.compile(r"'[^']*'")  # means itself, whatever stands in it
# What would let `sudo` hold for the first of several commands only, or for none.
COMPOUND = re.compile(r"[;&|<>\n`(){}]|^\s*\w+=|^\s*(?:if|for|while|until|case|exec|!)\s")
REDIRECTION = re.compile(r"\s*(?:[12]?>&[12]|[12]?>\s*/dev/null|<\s*/dev/null)")


def privileged(command: str) -> str:
    """The command as root, by sudo, which never asks (-n); as it is where we are root anyway.

    It must be one simple command, so that a line of sudoers can allow exactly it; redirections
    of streams to each other and to /dev/null may follow. Raises ValueError for any other.

    >>> privileged("nginx -T 2>&1")
    'if [ "$(id -u)" = 0 ]; then nginx -T 2>&1; else sudo -n nginx -T 2>&1; fi'
    """
    bare = REDIRECTION.sub("", QUOTED.sub("word", command))
    if not bare.strip() or COMPOUND.search(bare):
        raise ValueError(f"not one simple command: {command}")
    return as_root(command)


def as_root(command: str) -> str:
    """The same for a command that is known to be a simple one."""
    return f'if [ "$(id -u)" = 0 ]; then {command}; else sudo -n {command}; fi'

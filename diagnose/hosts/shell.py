"""How a command reaches a POSIX shell through whatever login shell a host has.

sshd hands the command to the user's login shell, which may be fish, csh or a BusyBox ash. Each
of them takes one word in single quotes alike, but for four things: fish reads a backslash in
front of another or of a quote, csh reads `!` and ends a quote at the end of a line. A command
with one of these is spelled in octal, which `printf %b` undoes.
"""

from __future__ import annotations

import re
import shlex

# C: numbers and messages as the collectors know them. sbin: where tc, nginx and conntrack are,
# which a user's PATH lacks.
ENVIRONMENT = (
    "LC_ALL=C; export LC_ALL; "
    'PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"; export PATH; '
)
DISPUTED = re.compile(r"\\[\\']|\\\Z|[!\r\n]")
SPELLED = re.compile(r"[^\w ,./:=+@%^{}()\[\]<>|&;*?~#-]", re.ASCII)


def for_login_shell(command: str) -> str:
    """The command line that makes any login shell run `command` by the host's sh."""
    script = ENVIRONMENT + command
    if DISPUTED.search(script):
        script = f'eval "$(printf %b "{SPELLED.sub(_octal, script)}")"'
    return f"exec sh -c {_quoted(script)}"


def for_sh(*words: str) -> str:
    """Words as one command line for a POSIX shell."""
    return shlex.join(words)


def _quoted(script: str) -> str:
    inside = script.replace("'", "'\\''")
    return f"'{inside}'"


def _octal(match: re.Match[str]) -> str:
    return "".join(f"\\0{byte:03o}" for byte in match[0].encode(errors="surrogateescape"))

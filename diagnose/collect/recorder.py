"""The recorder: a shell script that samples a host and writes what it reads to standard output.

It runs in dash, bash and BusyBox's ash, forks little (one `tail` for all files of /proc and
/sys, one process for each other command, one `sleep`), writes no file, is niced, and ends by
itself: after `seconds`, or with SIGPIPE at the first word after its reader has gone.

Between outputs stand marks: a line end, then `@`, a nonce that no output can know, a letter:

    h VERSION UPTIME TICKS      begins; TICKS: a second of processor time as `k` counts it
    c BEFORE DATE AFTER         the host's clock, read between two readings of its uptime
    d BEFORE DATE AFTER         the same of a clock that shows whole seconds only
    n ID PATH                   a file that a fetch (its place in the list) reads
    a ID STATE [WHY]            a fetch answers (y), lacks nothing here (w), or cannot (n)
    t UPTIME                    files follow as `tail` prints them, each under its path
    f ID UPTIME                 the output of a command follows
    x ID STATUS                 that command failed
    k UPTIME U S CU CS          processor time of the recorder and of what it ran
    z REASON                    ends

    text = script(fetches, nonce=nonce, interval_s=1.0, seconds=600.0)
    sink = Demultiplexer([Routed(fetch, folders) for fetch in fetches], nonce, limit_bytes=...)
    session.run(RUN, sink, stdin=text.encode(), stop=sink.stop, ...)    and sink.close()

The fetches are the same list, in the same order. diagnose.collect.loops does all that.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from diagnose.collect.recorder_shell import BEGIN, LOOP
from diagnose.fetches import Fetch

RUN = "sh -s"  # how a shell takes the script from its standard input
LIMIT_S = 5  # for a command that may hang (a choice)
# What a path may be made of: such a one is split at no blank and expanded by no shell.
PATH = r"A-Za-z0-9_./:@,+=%\\-"


def new_nonce() -> str:
    """What marks of one recording bear: 64 bits that no output can guess."""
    return secrets.token_hex(8)


def script(
    fetches: Sequence[Fetch],
    *,
    nonce: str,
    interval_s: float = 1.0,
    seconds: float = 0.0,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The script that samples `fetches`; a mark names each by its place among them.

    seconds: after so long it ends; 0 for one sample. variables: what diagnose.toml says, by
    the names that the commands have for it. Fetches that stream are none of its business.
    """
    assert not any(fetch.streams for fetch in fetches)
    text = "".join(
        (BEGIN, exported(variables), *_functions(fetches), _refresh(fetches), _sample(fetches))
    )
    text += LOOP
    hundredths = max(round(interval_s * 100), 10)
    values = {
        "NONCE": nonce,
        "PATH": PATH,
        "INTERVAL": str(hundredths),
        "LAST": str(round(seconds * 100)),
        "LIMIT": str(LIMIT_S),
    }
    for name, value in values.items():
        text = text.replace(f"%{name}%", value)
    return text


def exported(variables: Mapping[str, str]) -> str:
    """Variables as a shell sets them for all that follows."""
    return "".join(f"export {n}={shlex.quote(v)}\n" for n, v in sorted(variables.items()))


def _functions(fetches: Iterable[Fetch]) -> Iterable[str]:
    """What each fetch runs, and whether it makes sense here."""
    for i, fetch in enumerate(fetches):
        if fetch.where:
            yield f"w{i}() {{\n{fetch.where}\n}}\n"
        if fetch.apart:
            yield f"r{i}() {{ $within sh -c {shlex.quote(fetch.command)}; }}\n"
        elif not fetch.reads:
            yield f"r{i}() {{\n{fetch.command}\n}}\n"


def _refresh(fetches: Sequence[Fetch]) -> str:
    """Find out anew what there is to read: containers and processes come and go."""
    lines = ["refresh() {", "files="]
    lines += dict.fromkeys(f"set -a\n{f.prepare}\nset +a" for f in fetches if f.prepare)
    for i, fetch in enumerate(fetches):
        lines += _find_files(i, fetch) if fetch.reads else _find_command(i)
        if fetch.where:
            lines[-1] = f"if w{i} >/dev/null; then\n{lines[-1]}\nelse tell {i} w\nfi"
    return "\n".join((*lines, "}\n"))


def _find_files(i: int, fetch: Fetch) -> list[str]:
    kept = [path for path in fetch.reads if "$" in path]
    plain = [path for path in fetch.reads if "$" not in path]
    lines = ["any="]
    lines += [f"list {i} {' '.join(plain)}"] if plain else []
    lines += [f"set -f; list {i} {' '.join(kept)}; set +f"] if kept else []
    # Where a list that was looked for is empty (no containers), the host lacks nothing.
    none = f'n "$(cat {" ".join(plain)} 2>&1 >/dev/null)"' if plain else "w"
    lines.append(f'if [ "$any" ]; then tell {i} y; else tell {i} {none}; fi')
    return ["\n".join(lines)]


def _find_command(i: int) -> list[str]:
    return [
        f"""case $on in *" {i} "*) ;; *)
if err=$(r{i} 2>&1 >/dev/null); then on="$on {i} "; tell {i} y; else tell {i} n "$err"; fi
;; esac"""
    ]


def _sample(fetches: Sequence[Fetch]) -> str:
    lines = ["sample() {"]
    if any(fetch.reads for fetch in fetches):
        lines.append("uptime\nsay t $up\nset -f; tail -n +1 /proc/uptime $files; set +f")
    for i, fetch in enumerate(fetches):
        if not fetch.reads:
            lines.append(
                f'case $on in *" {i} "*) uptime; say f {i} "$up"; r{i} || say x {i} $? ;; esac'
            )
    return "\n".join((*lines, "}\n"))

"""The recorder: a shell script that samples a host and writes what it reads to standard output.

It runs in dash, bash and BusyBox's ash, forks little (one `tail` for all files of /proc and
/sys, one process for each other command, one `sleep`), writes no file, is niced, and ends by
itself: after `seconds`, or when its reader has gone. A guard beside it ends what hangs.

Between outputs stand marks: a line end, then `@`, a nonce that no output can know, a letter:

    h VERSION UPTIME TICKS INTERVAL   begins; TICKS: a second of processor time as `k` counts
                                it; INTERVAL: hundredths of a second
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

from diagnose.collect.recorder_shell import BEGIN, END, GUARD, LOOP
from diagnose.fetches import Fetch

RUN = "sh -s"  # how a shell takes the script from its standard input
LIMIT_S = 3  # a command that hangs is ended after once or twice that (a choice)
BY_SUDO = """[ "$(id -u)" = 0 ] || AS_ROOT='sudo -n'\n"""
STARTING_S = 30  # beyond its time, for what it finds out first (a choice)
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
    sudo: bool = False,
) -> str:
    """The script that samples `fetches`; a mark names each by its place among them.

    seconds: after so long it ends; 0 for one sample. variables: what diagnose.toml says, by
    the names that the commands have for it. sudo: what $AS_ROOT stands in front of is run by
    it. Fetches that stream are none of its business.
    """
    assert not any(fetch.streams for fetch in fetches)
    parts = (*_functions(fetches), _refresh(fetches), _sample(fetches))
    root = BY_SUDO if sudo else ""
    text = "".join((GUARD, BEGIN, exported(variables), root, *parts, LOOP, END))
    hundredths = max(round(interval_s * 100), 10)
    values = {
        "NONCE": nonce,
        "PATH": PATH,
        "INTERVAL": str(hundredths),
        "LAST": str(round(seconds * 100)),
    }
    return _filled(text, values | _bounds(hundredths, seconds) | {"ENDED": "$kids"})


def stream(
    fetch: Fetch,
    *,
    interval_s: float = 1.0,
    seconds: float = 0.0,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The script for a command that runs as long as the load, and stamps its output itself."""
    hundredths = max(round(interval_s * 100), 10)
    begin = exported({**variables, "INTERVAL": f"{hundredths / 100:g}"})
    text = "".join((GUARD, begin, f"{fetch.alone}\n", END))
    return _filled(text, _bounds(hundredths, seconds) | {"ENDED": ""})


def _bounds(hundredths: int, seconds: float) -> dict[str, str]:
    """How often the guard looks, longer than one sleep lasts, and how many times."""
    limit_s = max(LIMIT_S, hundredths // 100 + 1)
    return {"LIMIT": str(limit_s), "LOOKS": str(int((seconds + STARTING_S) // limit_s) + 1)}


def _filled(text: str, values: Mapping[str, str]) -> str:
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
        if not fetch.reads:
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

"""The files of one log on a host: the one that is written to, and those it was rotated to.

They are looked for by name and told by inode: a file that is renamed between two of our
commands is found again under its new name. Nothing that a host names becomes a name here.
"""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from diagnose.collect.log_wire import run_packed
from diagnose.hosts.session import Done, Session

HEAD = 2048  # bytes of each file that are looked at
MOST_FILES = 400  # of one log; more are not looked at
PRINT_BYTES = 1024  # by whose hash a file is known again after it was packed or copied
# How to unpack, by the ending of a name.
UNPACK = {"gz": "gzip -dc", "xz": "xz -dc", "zst": "zstd -dcq", "bz2": "bzip2 -dc"}
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file as it was found. Its head is unpacked, and without what lies past its end."""

    path: str  # as the host names it, control characters shown as escapes
    inode: int
    size: int
    mtime_s: float
    head: bytes = b""
    packing: str = ""  # a key of UNPACK
    tool: bool = True  # whether the host can unpack it
    readable: bool = True
    leads_out: bool = False  # a link out of its folder, which is not followed as root
    glob: str = ""  # for its name as the host has it

    def fingerprint(self, length: int = PRINT_BYTES) -> str:
        """Hash of its first bytes."""
        return hashlib.sha256(self.head[: min(length, PRINT_BYTES)]).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """What is there of a log, the oldest first."""

    files: tuple[LogFile, ...]
    done: Done
    privileged: bool = False
    bytes_wire: int = 0

    @property
    def refused(self) -> bool:
        """Whether files are there that may not be read."""
        return any(not file.readable for file in self.files)

    @property
    def refusals(self) -> str:
        """Which files may not be read, in words."""
        out = [file.path for file in self.files if file.leads_out]
        shut = [file.path for file in self.files if not (file.readable or file.leads_out)]
        said = [f"permission denied: {', '.join(shut)}"] if shut else []
        if out:
            said.append(f"not followed as root, a link out of its folder: {', '.join(out)}")
        return "; ".join(said)


def globs_of(path: str) -> tuple[str, ...]:
    """The names that logrotate and its like give to the files of a log.

    >>> globs_of("/var/log/a.log")
    ('/var/log/a.log', '/var/log/a.log[.-][0-9]*', '/var/log/a[.-][0-9]*.log*')
    >>> globs_of("/var/log/a b*")
    ('/var/log/a b[*]', '/var/log/a b[*][.-][0-9]*')
    """
    return rotated(_escaped(path))


def rotated(glob: str) -> tuple[str, ...]:
    """The same of a log whose name is written as a glob."""
    folder, _, name = glob.rpartition("/")
    stem, dot, ending = name.rpartition(".")
    globs = [name, f"{name}[.-][0-9]*"]
    if dot and stem and ending.isalpha():
        globs.append(f"{stem}[.-][0-9]*.{ending}*")
    return tuple(f"{folder}/{one}" for one in globs)


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def glob_of(raw: bytes) -> str:
    """A glob for one name of a host; what cannot be written in a script is any character.

    >>> glob_of(b"/var/log/a[1].log"), glob_of(b"/var/log/a\\n\\xff")
    ('/var/log/a[[]1].log', '/var/log/a??')
    """
    text = raw.decode("utf-8", "surrogateescape")
    return "".join(_escaped(c) if c.isprintable() else "?" for c in text)


# Where others may write in a folder of logs, a link there could show root's files to us.
INSIDE = """here=$(cd -P "${f%/*}/" && pwd) && real=$(readlink -f "$f") || real=
case $real in "${here%/}"/*)"""


def for_each(globs: Sequence[str], body: str, *, inside: bool = False) -> str:
    """A script that runs `body` for each regular file "$f" of these globs, links followed.

    inside: but for those that lead out of their folder.
    """
    if inside:
        body = f"{INSIDE}\n{body}\n;; esac"
    return f'for f in {" ".join(map(shell_glob, globs))}; do [ -f "$f" ] || continue\n{body}\ndone'


def shell_glob(path: str) -> str:
    """A path whose wildcards, and a ~ in front, are the shell's to expand.

    >>> shell_glob("/var/log/*/a b"), shell_glob("~/run"), shell_glob("-x")
    ("/var/log/*'/a b'", '"$HOME"/run', './-x')
    """
    home = ""
    if path == "~" or path.startswith("~/"):
        home, path = '"$HOME"', path[1:]
    elif path.startswith("-"):
        path = f"./{path}"
    parts = re.split(r"([*?]|\[[^\]/]+\])", path)
    quoted = (part if i % 2 else part and shlex.quote(part) for i, part in enumerate(parts))
    return home + "".join(quoted)


# A file is opened once, and what is said of it is said of what was opened: `$1` is its inode,
# `$6` its size. Without /proc, of its name.
OPENED = 'set -f; set -- $(ls -niL /proc/self/fd/0 2>/dev/null || ls -niL "$f"); set +f'
_ZEROS = f"dd if=/dev/zero bs={HEAD} count=1 2>/dev/null"
_PACKINGS = " ".join(f"*.{end}) p={end}; z='{how}';;" for end, how in UNPACK.items())
_OUT = f"""{INSIDE} ;; *) printf '0 0 0 - @ %s\\0' "$f"; {_ZEROS}; continue ;; esac"""
_LIST = f"""m=$(date -r "$f" +%s 2>/dev/null); [ "${{m:-9999999999}}" -ge SINCE ] || continue
p=-; z=; t=+; case "$f" in {_PACKINGS} esac
if [ -n "$z" ]; then command -v ${{z%% *}} >/dev/null 2>&1 || {{ t=-; z=; }}; fi
[ -r "$f" ] && {{ {OPENED}
printf '%s %s %s %s %s %s\\0' "$1" "$6" "${{m:-0}}" "$p" "$t" "$f"
{{ ${{z:-cat}} 2>/dev/null | head -c {HEAD}; {_ZEROS}; }} | head -c {HEAD}
}} < "$f" || {{ printf '0 0 0 %s ! %s\\0' "$p" "$f"; {_ZEROS}; }}"""


def list_files(
    session: Session, globs: Sequence[str], *, since_s: float = 0.0, seconds: float = SECONDS
) -> Found:
    """The files of a log that were written to after since_s (of the host's clock).

    As root where the target says sudo and the files may not be read otherwise.
    """
    body = _LIST.replace("SINCE", str(int(since_s)))
    found = _listed(session, for_each(globs, body), seconds, privileged=False)
    if session.target.sudo and (found.refused or not found.files):
        careful = for_each(globs, f"{_OUT}\n{body}")
        as_root = _listed(session, careful, seconds, privileged=True)
        if any(file.readable or file.leads_out for file in as_root.files):
            return as_root
    return found


def _listed(session: Session, script: str, seconds: float, *, privileged: bool) -> Found:
    parts: list[bytes] = []
    most = MOST_FILES * (HEAD + 4096)
    done, wire = run_packed(
        session, script, parts.append, most=most, seconds=seconds, privileged=privileged
    )
    files = sorted(_parsed(b"".join(parts)), key=lambda f: (f.mtime_s, -f.inode))
    return Found(tuple(_without_twins(files)), done, privileged, wire.wire)


def _parsed(raw: bytes) -> list[LogFile]:
    files, at = [], 0
    while (end := raw.find(b"\0", at)) >= 0:
        fields = raw[at:end].split(b" ", 5)
        head = raw[end + 1 : end + 1 + HEAD]
        at = end + 1 + HEAD
        if len(fields) < 6 or not all(field.isdigit() for field in fields[:3]):
            break  # a host that says something else
        inode, size, mtime = (int(field) for field in fields[:3])
        packing = fields[3].decode("ascii", "replace").strip("-")
        head = head.rstrip(b"\0") if packing else head[:size]
        flag, path = fields[4], shown_path(fields[5])
        files.append(
            LogFile(
                path,
                inode,
                size,
                float(mtime),
                head,
                packing,
                tool=flag == b"+",
                readable=flag not in (b"!", b"@"),
                leads_out=flag == b"@",
                glob=glob_of(fields[5]),
            )
        )
    return files


def _without_twins(files: list[LogFile]) -> list[LogFile]:
    """Each file once, though several links or globs lead to it."""
    seen: set[int] = set()
    kept = []
    for file in files:
        if not file.readable or file.inode not in seen:
            seen.add(file.inode)
            kept.append(file)
    return kept


def shown_path(raw: bytes) -> str:
    """A host's name of a file as it may be shown.

    >>> shown_path(b"/var/log/a\\n\\xff")
    '/var/log/a\\\\n\\\\xff'
    """
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)

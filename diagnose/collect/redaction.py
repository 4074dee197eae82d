"""`--redact`: what identifies hosts, people and secrets is written as stand-ins.

The same original has the same stand-in in every file, and in a later collection under the same
map. The map (a key, and what was seen) stays outside the run, readable by its owner only: who
has it can read the report's names back; who has only the run cannot.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from diagnose.collect.identifying import Identifying, raw_of, told
from diagnose.collect.literals import Literals
from diagnose.collect.secretwords import Secrets
from diagnose.collect.standins import KEY_BYTES, StandIns, is_own
from diagnose.collect.trade import is_read, tells_nobody
from diagnose.errors import DiagnoseError
from diagnose.places import Place
from diagnose.wholefile import write_whole

SCHEMA_VERSION = 1
MOST = 100_000  # originals that the map lists (a choice); later ones have stand-ins all the same
REFUSED = "it is no text, and nothing can be told to be taken out of it"
HOW = "unpack it where it lies, or have the tool write text (CSV, JSON)"


class BadMap(DiagnoseError):
    """The private map cannot be read."""


def map_path(name: str) -> Path:
    """Where the private map of that name lies unless the user says otherwise."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    plain = re.sub(r"[^\w.-]", "_", name).lstrip(".") or "run"
    return Path(state) / "diagnose" / "redaction" / f"{plain}.json"


class Redactor:
    """Blocks of lines in, the same without originals out. Threads may share one."""

    def __init__(self, path: Path, key: bytes, seen: dict[str, dict[str, str]]) -> None:
        self.path, self._key = path, key
        self._made = StandIns(key)
        self._seen = seen
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._pattern: re.Pattern[bytes] | None = None
        self._names = Identifying(self._made, self._note)
        self._secrets = Secrets(self._made, self._names.host)

    @classmethod
    def open(cls, path: Path) -> Redactor:
        """The map there, or a new one; `save` writes it.

        Raises:
            BadMap: it cannot be read: with another key the stand-ins would be others.
        """
        try:
            data = json.loads(path.read_bytes())
            key = bytes.fromhex(data["key"])
            seen = {str(k): {str(a): str(b) for a, b in v.items()} for k, v in data["seen"].items()}
        except FileNotFoundError:
            return cls(path, secrets.token_bytes(KEY_BYTES), {})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            why = getattr(error, "strerror", None) or "it is damaged"
            hint = "mend it, or move it away: a new one gives other stand-ins"
            raise BadMap(f"the private map {path} cannot be read: {why}", hint=hint) from None
        if len(key) != KEY_BYTES or data.get("schema_version") != SCHEMA_VERSION:
            raise BadMap(f"the private map {path} is of another diagnose", hint="move it away")
        return cls(path, key, seen)

    def save(self) -> None:
        """Write the map, for its owner only, with what others have seen meanwhile.

        Raises:
            DiagnoseError: it cannot be written, or another key lies there.
        """
        other = Redactor.open(self.path)
        if self.path.exists() and other._key != self._key:
            raise BadMap(f"the private map {self.path} is another one by now", hint="collect anew")
        with contextlib.suppress(OSError):  # write_whole says what is wrong
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock:
            for kind, pairs in other._seen.items():
                self._seen[kind] = pairs | self._seen.get(kind, {})
            data = {"schema_version": SCHEMA_VERSION, "key": self._key.hex(), "seen": self._seen}
            write_whole(self.path, json.dumps(data, indent=1).encode(), mode=0o600)

    def know_host(self, name: str) -> None:
        """A host's name: to be replaced wherever it stands, and so is its first label.

        An address, and a word of the trade (lb1, nginx) that names nobody, are not learnt; a
        word that collectors read as their own (vm, total) is told by its context alone.
        """
        if re.fullmatch(r"[\d.]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*", name) or is_own(name):
            return
        first = name.partition(".")[0]
        for one in (name, first):
            if not tells_nobody(one) and not is_read(one):
                self._know(one, self._made.name(one), "host")

    def know_user(self, name: str) -> None:
        """A user's name: to be replaced wherever it stands as a word, as a host's is."""
        made = told(self._names.user(raw_of(name))) if name else name
        if made != name and not tells_nobody(name) and not is_read(name):
            self._know(name, made, "user")

    def _know(self, original: str, stand_in: str, kind: str) -> None:
        self._note(kind, original, stand_in)
        with self._lock:
            self._known = self._known | {original.lower(): stand_in}
            names = sorted(self._known, key=len, reverse=True)
            pattern = "|".join(re.escape(name) for name in names)
            # Part of a longer name in a path or a label it is the same name.
            self._pattern = re.compile(
                rf"(?i)(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])".encode()
            )

    def stream(self) -> Callable[[bytes], bytes]:
        """One for each file: whole lines in, whole lines out; statements may go on."""
        literals = Literals(self._literal, self._digits)

        def redacted(block: bytes) -> bytes:
            block = self._secrets.urls(self._secrets.named(literals(block)))
            block = self._names.hosts(self._names.users(self._replaced(block)))
            return self._secrets.tokens(self._names.addresses(block))

        return redacted

    def line(self, block: bytes) -> bytes:
        """Whole lines by themselves."""
        return self.stream()(block)

    def text(self, text: str) -> str:
        """A text of the manifest or of diagnose.toml."""
        return told(self.line(raw_of(text)))

    def _replaced(self, block: bytes) -> bytes:
        pattern, low = self._pattern, block.lower()
        if pattern is None or not any(raw_of(name) in low for name in self._known):
            return block
        return pattern.sub(lambda m: raw_of(self._known[told(m[0]).lower()]), block)

    def _literal(self, raw: bytes) -> bytes:
        return raw if is_own(told(raw)) else raw_of(self._made.label("x", told(raw)))

    def _digits(self, raw: bytes) -> bytes:
        return raw_of(self._made.shaped(told(raw)))

    def _note(self, kind: str, original: str, stand_in: str) -> str:
        known = self._seen.get(kind)
        if known is None or (original not in known and len(known) < MOST):
            with self._lock:
                self._seen.setdefault(kind, {})[original] = stand_in
        return stand_in


def is_binary(head: bytes) -> bool:
    """Whether the first bytes of a file are no text: then it is not kept (REFUSED, HOW)."""
    packed = (b"\x1f\x8b", b"\xfd7zXZ", b"BZh", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
    return head.startswith(packed) or b"\0" in head


def know(redactor: Redactor, places: Mapping[str, Place]) -> None:
    """The components, hosts and users that diagnose.toml names, before the first byte is read."""
    for name, place in places.items():
        redactor.know_host(name)
        redactor.know_host(place.host)
        redactor.know_user(place.user)
        for instance in place.prometheus_instance:
            redactor.know_host(instance.rpartition(":")[0] or instance)

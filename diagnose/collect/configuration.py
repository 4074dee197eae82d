"""Secrets that a filter on the host let through all the same: taken out before they are written.

The filters of hostfilters.py let through what is named there and nothing else. This is the
second wall, for what a person puts where no secret belongs: a password in an address, a token
in a value, a private key between two settings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from diagnose.hosts.session import Sink

Clean = Callable[[bytes], bytes]
GONE = b"..."
LONGEST = 1 << 20
_BEGIN = re.compile(rb"-----BEGIN [A-Z0-9 ]*(?:KEY|CERTIFICATE|PGP)[A-Z0-9 ]*-----")
_END = re.compile(rb"-----END [A-Z0-9 ]+-----")
_USERINFO = re.compile(rb"(\w+://)[^\s/@\"']*(?::[^\s@\"']*)?@")
_NAMED = re.compile(
    rb"(?i)((?:[\w.-]*(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key"
    rb"|private[-_]?key|credential|bind[-_]?dn|auth[-_]?string)[\w.-]*)[\"']?\s*(?:[=:\t|]|\s)\s*)"
    rb"(\"[^\"\n]*\"?|'[^'\n]*'?|[^\s;,|]+)"
)
_BEARER = re.compile(rb"(?i)\b(bearer|basic|digest|negotiate) +[\w.~+/=:-]{4,}")
_HEADER = re.compile(
    rb"(?i)((?:proxy-)?authorization|cookie|x-api-key|x-auth-[\w-]+)([\"']?[:\s]+)[^;\n]+"
)


def without_secrets(text: bytes) -> bytes:
    r"""Whole lines of configuration without what looks like a secret.

    >>> without_secrets(b"proxy_pass http://app:hunter2@db/;\npassword = x y\n")
    b'proxy_pass http://...@db/;\npassword = ... y\n'
    """
    text = _USERINFO.sub(rb"\1" + GONE + b"@", text)
    text = _BEARER.sub(rb"\1 " + GONE, _HEADER.sub(rb"\1\2" + GONE, text))
    return _NAMED.sub(rb"\1" + GONE, text)


def masking(then: Callable[[], Clean] | None) -> Callable[[], Clean]:
    """Gives what the whole lines of one file go through: without secrets, and then `then`."""

    def make() -> Clean:
        out: list[bytes] = []
        masked, after = Masked(out.append), then() if then else None

        def clean(text: bytes) -> bytes:
            out.clear()
            masked(text)
            told = b"".join(out)
            return after(told) if after else told

        return clean

    return make


@dataclass(slots=True)
class Masked:
    """A sink of pieces that gives on lines without secrets. `end` gives on the last one."""

    sink: Sink
    _held: bytes = b""
    _in_key: bool = False

    def __call__(self, data: bytes) -> None:
        """Take bytes."""
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > LONGEST:
            lines.append(self._held)
            self._held = b""
        for line in lines:
            self._give(line + b"\n")

    def end(self) -> None:
        """No more comes."""
        if self._held:
            self._give(self._held)
        self._held = b""

    def _give(self, line: bytes) -> None:
        if self._in_key:
            self._in_key = not _END.search(line)
            return
        if _BEGIN.search(line):
            self._in_key = not _END.search(line)
            self.sink(b"# a key or a certificate was left out\n")
            return
        self.sink(without_secrets(line))

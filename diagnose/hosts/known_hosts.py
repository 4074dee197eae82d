"""The keys that known_hosts files hold for a host, and what they say of the one it shows.

Patterns (`*`, `?`, `!`), hashed names, `[host]:port`, @revoked and @cert-authority are read
as ssh reads them; a line that is none is left to ssh, which ignores it as well.

Source: man 8 sshd, "SSH_KNOWN_HOSTS FILE FORMAT"
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .session import HostError

KRL = b"SSHKRL\n\0"  # a binary list of revoked keys
HASHED = re.compile(r"\|1\|([^|]+)\|(.+)\Z")


class Standing(StrEnum):
    """What is known of a key that a host shows."""

    KNOWN = "known"
    UNKNOWN = "unknown"
    CHANGED = "changed"  # another key of this type is known for it
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """One line. marker: "", "@revoked" or "@cert-authority"."""

    path: Path
    line: int
    marker: str
    names: str
    kind: str
    blob: bytes

    @property
    def where(self) -> str:
        return f"{self.path}, line {self.line}"


def fingerprint(blob: bytes) -> str:
    """SHA256:… of a public key, as ssh-keygen prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def host_name(host: str, port: int, alias: str = "") -> str:
    """The name that a host has in known_hosts."""
    if alias:
        return alias.lower()
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def known_keys(paths: Sequence[Path], name: str) -> list[KnownKey]:
    """The lines that speak of `name`; those for the plain host where its port has none."""
    keys = [key for path in paths for key in _lines(path)]
    mine = [key for key in keys if _matches(key.names, name)]
    plain = re.match(r"\[(.+)\]:\d+\Z", name)
    if plain and not any(not key.marker for key in mine):
        mine += [key for key in keys if not key.marker and _matches(key.names, plain[1])]
    return mine


def standing(
    known: Sequence[KnownKey], kind: str, blob: bytes, name: str
) -> tuple[Standing, KnownKey | None]:
    """What they say of a key, and the line that says it."""
    for key in known:
        if key.marker == "@revoked" and key.blob == blob:
            return Standing.REVOKED, key
    plain = [key for key in known if not key.marker]
    for key in plain:
        if key.blob == blob:
            return Standing.KNOWN, key
    for key in plain:
        if key.kind == kind and _matches(key.names, name):
            return Standing.CHANGED, key
    return Standing.UNKNOWN, None


def is_revoked(path: Path | None, blob: bytes) -> bool:
    """Whether a file of RevokedHostKeys lists the key.

    Raises HostError where it cannot be read: then no key may be trusted.
    """
    if path is None:
        return False
    try:
        raw = path.read_bytes()
    except OSError as error:
        what = f"{path} of RevokedHostKeys cannot be read: {error.strerror}"
        raise HostError(what, hint="Mend RevokedHostKeys in your ssh configuration") from error
    if raw.startswith(KRL):
        what = f"{path} is a binary list of revoked keys, which is not supported"
        raise HostError(what, hint="List the revoked public keys as text, one a line")
    encoded = base64.b64encode(blob)
    return any(encoded in line.split() for line in raw.splitlines())


def line_for(name: str, kind: str, blob: bytes, *, hashed: bool = False, salt: bytes = b"") -> str:
    """A line of known_hosts."""
    shown = _hashed(name, salt) if hashed else name
    return f"{shown} {kind} {base64.b64encode(blob).decode()}\n"


def _lines(path: Path) -> Iterator[KnownKey]:
    try:
        text = path.read_text(errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        what = f"{path} cannot be read: {error.strerror}"
        raise HostError(what, hint="Mend its permissions") from error
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            continue
        marker = fields.pop(0) if fields[0].startswith("@") else ""
        try:
            names, kind, blob = fields[:3]
            yield KnownKey(path, number, marker, names, kind, base64.b64decode(blob, validate=True))
        except (ValueError, binascii.Error):
            continue


def _matches(patterns: str, name: str) -> bool:
    """Whether a line's names hold this one; one negated match makes it none of the line's."""
    found = False
    for pattern in patterns.split(","):
        negated = pattern.startswith("!")
        if _match(pattern.lstrip("!"), name):
            if negated:
                return False
            found = True
    return found


def _match(pattern: str, name: str) -> bool:
    if match := HASHED.match(pattern):
        try:
            salt = base64.b64decode(match[1], validate=True)
        except binascii.Error:
            return False
        return hmac.compare_digest(_hashed(name, salt), pattern)
    # Brackets are literal in known_hosts, where they hold a host in front of its port.
    literal = pattern.lower().replace("[", "[[]")
    return fnmatch.fnmatchcase(name, literal)


def _hashed(name: str, salt: bytes) -> str:
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"

"""Get to know a host's keys: show their fingerprints, and remember them once the user agrees.

A key that differs from a known one is never remembered: the user removes the old line first.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .dial import dial
from .handshake import NoCommonAlgorithm, end, greet
from .known_hosts import (
    KnownKey,
    Standing,
    fingerprint,
    host_name,
    is_revoked,
    known_keys,
    line_for,
    standing,
)
from .link import Hops, Link
from .session import HostError, Target
from .settings import Settings
from .way import Way

ALGORITHMS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """A key that a host shows, and what known_hosts says of it.

    at: the host, for messages. name: the one it has in known_hosts. by: the line that says so,
    None where none does. path: the file that `remember` adds it to.
    """

    at: str
    name: str
    kind: str
    blob: bytes
    standing: Standing
    by: KnownKey | None
    path: Path
    hashed: bool = False

    @property
    def fingerprint(self) -> str:
        """SHA256:… as ssh-keygen prints it."""
        return fingerprint(self.blob)


def offered_keys(
    target: Target, *, config: Path | None = None, hops: Hops | None = None
) -> Iterator[list[OfferedKey]]:
    """Every key of each hop to the host, the first jump host first, itself last.

    A hop is reached through the one before it, which must be trusted by then: remember its keys
    before asking for the next ones. The jump hosts are logged in to, the host itself is not.
    Raises HostError.
    """
    if target.local:
        raise HostError("this machine needs no trust", hint="Name a host that is reached by SSH")
    way = Way(target, config=config, hops=hops)
    try:
        for count, hop in enumerate((*way.before, way.last)):
            shown = list(_shown(hop, way.through(count)))
            name = host_name(hop.host, hop.port, hop.host_key_alias)
            known = known_keys(hop.known_hosts, name)
            yield [_judged(hop, name, known, kind, blob) for kind, blob in shown]
    finally:
        way.close()


def _shown(hop: Settings, through: Link | None) -> Iterator[tuple[str, bytes]]:
    """One handshake for each kind of key."""
    refused: NoCommonAlgorithm | None = None
    count = 0
    for algorithms in ALGORITHMS:
        wire = dial(hop, through.transport if through else None)
        try:
            transport = greet(hop, wire, algorithms, only=True)
        except NoCommonAlgorithm as error:
            refused = error
            continue
        key = transport.get_remote_server_key()
        end(transport, wire)
        count += 1
        yield key.get_name(), key.asbytes()
    if not count and refused:
        raise refused


def _judged(
    hop: Settings, name: str, known: Sequence[KnownKey], kind: str, blob: bytes
) -> OfferedKey:
    found, by = standing(known, kind, blob, name)
    if is_revoked(hop.revoked, blob):
        found, by = Standing.REVOKED, None
    path = hop.known_hosts[0] if hop.known_hosts else Path(os.devnull)
    return OfferedKey(hop.at, name, kind, blob, found, by, path, hop.hash_names)


def remember(keys: Sequence[OfferedKey]) -> Path | None:
    """Add the unknown keys to known_hosts; the file, or None where all were known.

    Raises HostError, and adds nothing, where one is changed or revoked, or the file cannot be
    written.
    """
    for key in keys:
        if key.standing in (Standing.CHANGED, Standing.REVOKED):
            raise _not_remembered(key)
    new = [key for key in keys if key.standing is Standing.UNKNOWN and not _is_there(key)]
    if not new:
        return None
    path = new[0].path
    if path == Path(os.devnull):
        what = "UserKnownHostsFile is none or /dev/null: no key can be remembered"
        raise HostError(what, hint="Name a file in your ssh configuration for this host")
    _append(path, "".join(_line(key) for key in new))
    return path


def _not_remembered(key: OfferedKey) -> HostError:
    shown = f"{key.at} shows another {key.kind} key than the known one: {key.fingerprint}"
    if key.standing is Standing.REVOKED:
        where = f" ({key.by.where})" if key.by else ""
        shown = f"{key.at} shows a key that is revoked: {key.kind} {key.fingerprint}{where}"
        return HostError(shown, hint="Do not trust it; ask who runs the host for its new key")
    assert key.by
    what = f"{shown} instead of {fingerprint(key.by.blob)} ({key.by.where})"
    hint = (
        f"Ask who runs the host; if the key was changed on purpose, remove line {key.by.line} of "
        f"{key.by.path} and try again"
    )
    return HostError(what, hint=hint)


def _is_there(key: OfferedKey) -> bool:
    """Whether it was added since it was shown."""
    return any(known.blob == key.blob for known in known_keys([key.path], key.name))


def _line(key: OfferedKey) -> str:
    salt = secrets.token_bytes(20)
    return line_for(key.name, key.kind, key.blob, hashed=key.hashed, salt=salt)


def _append(path: Path, lines: str) -> None:
    """Add to the file in one write; it and its folder are made for the user alone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                lines = lines if file.read(1) == b"\n" else f"\n{lines}"
            file.write(lines.encode())
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}"
        raise HostError(what, hint="Mend its permissions") from error

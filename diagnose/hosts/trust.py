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
from .link import Hops
from .session import HostError, Target
from .settings import Settings
from .ssh_config import resolve, route

ALGORITHMS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)


@dataclass(frozen=True, slots=True)
class OfferedKey:
    """A key that a host shows, and what known_hosts says of it.

    name: the host's in known_hosts. by: the line that says so, "" where none does.
    path: the file that `remember` adds it to.
    """

    name: str
    kind: str
    blob: bytes
    standing: Standing
    by: str
    path: Path
    hashed: bool = False

    @property
    def fingerprint(self) -> str:
        """SHA256:… as ssh-keygen prints it."""
        return fingerprint(self.blob)


def offered_keys(
    target: Target, *, config: Path | None = None, hops: Hops | None = None
) -> list[OfferedKey]:
    """Every key of the host at the end of its jumps. Raises HostError.

    The jump hosts must be trusted already, and are logged in to; the host itself is not.
    """
    if target.local:
        raise HostError("this machine needs no trust", hint="Name a host that is reached by SSH")
    last = resolve(
        target.address, user=target.user, port=target.port, identity=target.identity, config=config
    )
    *before, last = route(last, config)
    way = hops or Hops()
    try:
        shown = list(_shown(last, way, tuple(before)))
    finally:
        if hops is None:
            way.close()
    name = host_name(last.host, last.port, last.host_key_alias)
    known = known_keys(last.known_hosts, name)
    return [_judged(last, name, known, kind, blob) for kind, blob in shown]


def _shown(last: Settings, way: Hops, before: tuple[Settings, ...]) -> Iterator[tuple[str, bytes]]:
    """One handshake for each kind of key."""
    through = way.through(before)
    refused: NoCommonAlgorithm | None = None
    count = 0
    for algorithms in ALGORITHMS:
        wire = dial(last, through.transport if through else None)
        try:
            transport = greet(last, wire, algorithms, only=True)
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
    last: Settings, name: str, known: Sequence[KnownKey], kind: str, blob: bytes
) -> OfferedKey:
    found, by = standing(known, kind, blob, name)
    if is_revoked(last.revoked, blob):
        found = Standing.REVOKED
    path = last.known_hosts[0] if last.known_hosts else Path("/dev/null")
    where = f"{by.where}: {fingerprint(by.blob)}" if by else ""
    return OfferedKey(name, kind, blob, found, where, path, last.hash_names)


def remember(keys: Sequence[OfferedKey]) -> Path | None:
    """Add the unknown keys to known_hosts; the file, or None where all were known.

    Raises HostError, and adds nothing, where one is changed or revoked, or the file cannot be
    written.
    """
    for key in keys:
        if key.standing in (Standing.CHANGED, Standing.REVOKED):
            what = f"the {key.kind} key of {key.name} is {key.standing}: {key.fingerprint}"
            what += f"; known is {key.by}" if key.by else ""
            hint = "Ask who runs the host; if it is right, remove that line first"
            raise HostError(what, hint=hint)
    new = [key for key in keys if key.standing is Standing.UNKNOWN]
    if not new:
        return None
    path = new[0].path
    if path == Path(os.devnull):
        what = "UserKnownHostsFile is none or /dev/null: no key can be remembered"
        raise HostError(what, hint="Name a file in your ssh configuration for this host")
    _append(path, "".join(_line(key) for key in new))
    return path


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

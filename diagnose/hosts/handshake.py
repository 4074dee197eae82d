"""The SSH handshake with a hop: algorithms, and its host key held against known_hosts.

No key is taken on trust: an unknown one ends the connection before anything of ours is sent.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from .known_hosts import (
    KnownKey,
    Standing,
    fingerprint,
    host_name,
    is_revoked,
    known_keys,
    standing,
)
from .printable import printable
from .rekeying import answer_later
from .session import HostError
from .settings import Settings
from .wire import Wire

if TYPE_CHECKING:
    import socket

    import paramiko

# Authenticated ciphers leave Python no checksum to compute: half again as fast as ctr with hmac.
FAST = "-gcm@"
RSA = ("rsa-sha2-512", "rsa-sha2-256")  # the signatures that an ssh-rsa key makes


class NoCommonAlgorithm(HostError):
    """The host speaks SSH, and none of the algorithms that we would use with it."""


def greet(
    hop: Settings, wire: Wire, algorithms: Sequence[str] = (), *, only: bool = False
) -> paramiko.Transport:
    """A transport whose keys are exchanged; the host's key is not yet judged.

    algorithms: of the host's key, which it picks by this order; the others follow, unless it is
    `only` these. Raises HostError.
    """
    import paramiko

    _silence()
    transport = paramiko.Transport(cast("socket.socket", wire))  # all that it asks of one
    answer_later(transport)
    transport.banner_timeout = transport.handshake_timeout = hop.connect_s
    options = transport.get_security_options()
    options.ciphers = sorted(options.ciphers, key=lambda name: FAST not in name)
    supported = list(options.key_types)
    wanted = [name for name in algorithms if name in supported]
    options.key_types = wanted if only else list(dict.fromkeys([*wanted, *supported]))
    finished = threading.Event()
    transport.start_client(event=finished)
    finished.wait(2 * hop.connect_s)
    if transport.is_active() and transport.initial_kex_done:
        return transport
    failed = transport.get_exception()
    end(transport, wire)
    raise _no_handshake(hop, wire, failed)


def end(transport: paramiko.Transport, wire: Wire) -> None:
    """Close both, however far they came."""
    # It holds a timer that would keep the program from ending until it has rung.
    transport.packetizer.complete_handshake()
    transport.close()
    wire.close()


def trusted(hop: Settings, wire: Wire) -> paramiko.Transport:
    """A transport to a host whose key is known. Raises HostError for any other."""
    name = host_name(hop.host, hop.port, hop.host_key_alias)
    known = known_keys(hop.known_hosts, name)
    transport = greet(hop, wire, preferred(known))
    try:
        key = transport.get_remote_server_key()
        _judge(hop, name, known, key.get_name(), key.asbytes())
    except BaseException:
        end(transport, wire)
        raise
    return transport


def preferred(known: Sequence[KnownKey]) -> list[str]:
    """Algorithms of the keys that are known: a host with several keys shows one of those."""
    kinds = [key.kind for key in known if not key.marker]
    return [name for kind in kinds for name in (RSA if kind == "ssh-rsa" else (kind,))]


def _judge(hop: Settings, name: str, known: Sequence[KnownKey], kind: str, blob: bytes) -> None:
    """Raise HostError unless the key is known and not revoked."""
    found, by = standing(known, kind, blob, name)
    shown = f"{kind} {fingerprint(blob)}"
    if found is Standing.REVOKED or is_revoked(hop.revoked, blob):
        where = by.where if by and found is Standing.REVOKED else str(hop.revoked)
        what = f"{hop.at} shows a key that is revoked: {shown} ({where})"
        raise HostError(what, hint="Do not connect; ask who runs the host for its new key")
    if found is Standing.CHANGED and by:
        what = (
            f"{hop.at} shows another key than the known one: {shown} instead of "
            f"{fingerprint(by.blob)} ({by.where}); somebody may be listening in"
        )
        hint = (
            f"Ask who runs the host; if the key was changed on purpose, remove line {by.line} of "
            f"{by.path} and run `diagnose trust {hop.name}`"
        )
        raise HostError(what, hint=hint)
    if found is Standing.UNKNOWN:
        raise _unknown(hop, known, shown)


def _unknown(hop: Settings, known: Sequence[KnownKey], shown: str) -> HostError:
    others = [key for key in known if not key.marker]
    if others:
        also = f"; known is only its {others[0].kind} key, {fingerprint(others[0].blob)}"
        also += f" ({others[0].where})"
    elif any(key.marker == "@cert-authority" for key in known):
        also = "; known_hosts names an authority for it, and host certificates are not supported"
    else:
        also = ""
    hint = f"Compare the fingerprint with the host's own, and run `diagnose trust {hop.name}`"
    return HostError(f"the key of {hop.at} is not known: {shown}{also}", hint=hint)


def _no_handshake(hop: Settings, wire: Wire, failed: Exception | None) -> HostError:
    import paramiko

    first = wire.first.lstrip(b"\r\n")
    if isinstance(failed, paramiko.ssh_exception.IncompatiblePeer):
        what = f"{hop.at} and we have no algorithm in common: {printable(str(failed))}"
        hint = "Its SSH server is too old, or restricted; update or widen it"
        return NoCommonAlgorithm(what, hint=hint)
    if first and b"SSH-" not in first:
        what = f"{hop.at} does not speak SSH; it says {printable(first[:60]).strip()!r}"
        return HostError(what, hint="Mend the port, in diagnose.toml or ~/.ssh/config")
    time.sleep(0.05)  # a command's last words may be on their way
    if said := printable(wire.says()).strip():
        what = f"the ProxyCommand for {hop.at} fails: {said.splitlines()[-1]}"
        return HostError(what, hint=f"Try it by hand: {hop.proxy_command}")
    if wire.silent or failed is None:
        what = f"{hop.at} takes the connection, and then says nothing for {hop.connect_s:.0f} s"
        return HostError(what, hint="It hangs, or something in between does: look at its console")
    if not first:
        what = f"{hop.at} closes the connection at once"
        hint = "Look at MaxStartups, at a firewall or fail2ban there, and at sshd's log"
        return HostError(what, hint=hint)
    what = f"{hop.at} breaks off the handshake: {printable(str(failed)) or type(failed).__name__}"
    return HostError(what, hint="Look at sshd's log there")


def _silence() -> None:
    """paramiko's own log: all that the user needs of it is in our sentences."""
    log = logging.getLogger("paramiko")
    if not log.handlers:
        log.addHandler(logging.NullHandler())
        log.propagate = False

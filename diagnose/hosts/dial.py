"""Reach a hop: by TCP, through the hop before it, or by the user's ProxyCommand."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from .printable import printable
from .session import HostError
from .settings import Settings
from .wire import ProxyProcess, Wire

if TYPE_CHECKING:
    import paramiko

FAMILIES = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}
FORBIDDEN = 1  # SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, RFC 4254 5.1


def dial(hop: Settings, through: paramiko.Transport | None = None) -> Wire:
    """An open wire to the hop's SSH server. Raises HostError."""
    if through is not None:
        return _by_jump(hop, through)
    return _by_command(hop) if hop.proxy_command else _by_tcp(hop)


def _by_tcp(hop: Settings) -> Wire:
    family = FAMILIES.get(hop.family, socket.AF_UNSPEC)
    try:
        found = socket.getaddrinfo(hop.host, hop.port, family, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        hint = "Mend host in diagnose.toml, or give it a HostName in ~/.ssh/config"
        raise HostError(f"the name {hop.host} cannot be resolved", hint=hint) from error
    failed: OSError | None = None
    for family, kind, protocol, _, address in found:
        stream = socket.socket(family, kind, protocol)
        try:
            stream.settimeout(hop.connect_s)
            if hop.bind_address:
                stream.bind((hop.bind_address, 0))
            stream.connect(address)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Wire(stream, hop.connect_s)
        except OSError as error:
            stream.close()
            failed = error
    raise _unreachable(hop, failed) from failed


def _unreachable(hop: Settings, failed: OSError | None) -> HostError:
    if isinstance(failed, TimeoutError):
        what = f"{hop.at} does not answer within {hop.connect_s:.0f} s"
        return HostError(
            what, hint="Is it up, and does a firewall let us in? Is a jump host needed?"
        )
    if isinstance(failed, ConnectionRefusedError):
        what = f"{hop.at} refuses the connection"
        return HostError(what, hint="Does sshd run there, on that port?")
    reason = failed.strerror or str(failed) if failed else "it has no address"
    return HostError(
        f"{hop.at} cannot be reached: {reason}", hint="Check the network and the address"
    )


def _by_command(hop: Settings) -> Wire:
    process = ProxyProcess(hop.proxy_command)
    return Wire(process.stream, hop.connect_s, on_close=process.end, says=process.says)


def _by_jump(hop: Settings, through: paramiko.Transport) -> Wire:
    import paramiko

    try:
        channel = through.open_channel(
            "direct-tcpip", (hop.host, hop.port), ("127.0.0.1", 0), timeout=hop.connect_s
        )
    except paramiko.ChannelException as error:
        if error.code == FORBIDDEN:
            what = f"the jump host forbids the way to {hop.at}"
            raise HostError(what, hint="Allow it there: AllowTcpForwarding, PermitOpen") from error
        what = f"the jump host cannot reach {hop.at}: {printable(error.text)}"
        raise HostError(what, hint="Check its address as the jump host sees it") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        what = f"the jump host does not open the way to {hop.at} within {hop.connect_s:.0f} s"
        raise HostError(what, hint="Check its address as the jump host sees it") from error
    return Wire(channel, hop.connect_s)

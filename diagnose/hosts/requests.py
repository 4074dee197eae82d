"""Two requests of the SSH protocol that paramiko itself does not make.

Source: RFC 4254, 4 (global requests) and 6.9 (signals)
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko

GLOBAL_REQUEST, CHANNEL_REQUEST = 80, 98


def ask_for_life(transport: paramiko.Transport) -> None:
    """Ask for any answer, a refusal is one too.

    It is called by the transport's own thread, which must not wait for itself to exchange keys.
    """
    import paramiko

    if not transport.clear_to_send.is_set():
        return
    message = paramiko.Message()
    message.add_byte(bytes([GLOBAL_REQUEST]))
    message.add_string("keepalive@openssh.com")
    message.add_boolean(True)
    _send(transport, message)


def terminate(channel: paramiko.Channel) -> None:
    """Have the host end the command: one that writes nothing would not notice our leaving.

    sshd does so since 7.9, but not for root; dropbear does.
    """
    import paramiko

    message = paramiko.Message()
    message.add_byte(bytes([CHANNEL_REQUEST]))
    message.add_int(channel.remote_chanid)
    message.add_string("signal")
    message.add_boolean(False)
    message.add_string("TERM")
    if channel.transport is not None:
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            _send(channel.transport, message)


def _send(transport: paramiko.Transport, message: paramiko.Message) -> None:
    transport._send_user_message(message)  # type: ignore[attr-defined]

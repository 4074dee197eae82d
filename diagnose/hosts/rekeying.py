"""Answers that paramiko owes while keys are exchanged anew, which it does each 512 MiB.

A command that ends just then asks for an answer of the very thread that exchanges the keys.
paramiko lets that thread wait for itself, until the connection is given up: here the answer
waits instead.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import paramiko


class Gate(threading.Event):
    """Open while messages may be sent; opening it sends those that wait."""

    def __init__(self, transport: paramiko.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._send = transport._send_user_message  # type: ignore[attr-defined]
        self._waiting: deque[paramiko.Message] = deque()

    def send(self, message: paramiko.Message) -> None:
        """Send it, at once or when it may be."""
        if threading.current_thread() is self._transport and not self.is_set():
            self._waiting.append(message)
        else:
            self._send(message)

    def set(self) -> None:
        super().set()
        while self._waiting:
            self._transport._send_message(self._waiting.popleft())  # type: ignore[attr-defined]


def answer_later(transport: paramiko.Transport) -> None:
    """Let a transport that has not begun keep its answers while keys are exchanged."""
    gate = Gate(transport)
    transport.clear_to_send = gate
    transport._send_user_message = gate.send  # type: ignore[attr-defined]

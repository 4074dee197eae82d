"""One screen of network gear: type a command, read until the prompt stands there again."""

from __future__ import annotations

import contextlib
import re

from .channels import Patience
from .intake import Intake
from .link import Link
from .screen import END, MORE, PROMPT, last_line, plain, refusal

CHUNK = 1 << 16
ENTER, NEXT_SCREEN, LEAVE = b"\r", b" ", b"q"
QUIET_S = 0.05  # nothing came for so long: it may be waiting for us
UNECHOED_S = 1.0  # then a prompt is one even where the command was not echoed
TAIL_BYTES, HEAD_BYTES = 2000, 4096
COLUMNS, ROWS = 511, 1000  # of a screen that few outputs fill


class Console:
    """A channel with a screen.

    Whatever waits raises TimeoutError where it has been enough (the time, the bytes, the
    caller), and EOFError where the gear hangs up. text: what came since, plain.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._raw = bytearray()

    def open(self, intake: Intake) -> None:
        """Ask for a screen; find out what the prompt is, by having it drawn twice."""
        self._channel = channel = self._link.transport.open_session(timeout=intake.left_s)
        channel.event = Patience(intake)
        channel.set_combine_stderr(True)
        channel.settimeout(QUIET_S)
        channel.get_pty("vt100", COLUMNS, ROWS)
        channel.invoke_shell()
        self._read(intake, PROMPT)
        self._type(ENTER)
        self._read(intake, PROMPT)
        # Some count their commands in it: "3 core1 #".
        drawn = re.escape(last_line(self._tail).strip())
        self._prompt = re.compile(re.sub(r"\d+", r"\\d+", drawn) + r"\Z")

    @property
    def text(self) -> str:
        """What came since the last was typed, plain."""
        return plain(self._raw.decode("utf-8", "replace"))

    def ask(self, command: str, intake: Intake) -> tuple[str, str]:
        """What it shows, and the line by which it refuses; "" where it does not."""
        self._type(command.encode() + ENTER)
        self._read(intake, self._prompt, command)
        lines = self.text.split("\n")[:-1]
        echoed = next((i for i, line in enumerate(lines[:4]) if command in line), -1)
        shown = "".join(f"{line}\n" for line in lines[echoed + 1 :])
        return shown.lstrip("\n"), refusal(shown)

    @property
    def _tail(self) -> str:
        return self._raw[-TAIL_BYTES:].decode("utf-8", "replace")

    def _type(self, keys: bytes) -> None:
        self._raw.clear()
        self._channel.sendall(keys)

    def _read(self, intake: Intake, prompt: re.Pattern[str], echo: str = "") -> None:
        """Read until the prompt is the last line; go on to the next screen where there is more."""
        quiet_s, turned = 0.0, 0
        while True:
            if self._receive(intake):
                quiet_s = 0.0
                continue
            quiet_s += QUIET_S
            line = last_line(self._tail).strip()
            waits = LEAVE if END.match(line) else NEXT_SCREEN if MORE.match(line) else b""
            if waits and len(self._raw) > turned:
                turned = len(self._raw)
                self._channel.sendall(waits)
            elif prompt.match(line) and (quiet_s >= UNECHOED_S or self._echoed(echo)):
                return

    def _echoed(self, echo: str) -> bool:
        return echo in plain(self._raw[:HEAD_BYTES].decode("utf-8", "replace"))

    def _receive(self, intake: Intake) -> bool:
        """Take what comes within a moment; whether something came."""
        if intake.enough():
            raise TimeoutError
        with contextlib.suppress(TimeoutError):
            chunk = self._channel.recv(CHUNK)
            if not chunk:
                raise EOFError
            self._raw += chunk
            intake.held(len(self._raw))
            return True
        return False

"""Network gear as far as its screen goes: no vendor's box runs here, so paramiko plays one.

It says what it is given; how it draws prompts, stops at the end of a screen and wipes that
notice away is a Style, each seen on the vendor's gear it is named after.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paramiko


@dataclass
class Style:
    """How gear draws. more, wiped: its notice and what takes that away again."""

    prompt: str = "core1#"
    banner: str = "\r\n"
    more: str = " --More-- "
    wiped: str = "\b" * 10 + " " * 10 + "\b" * 10
    rows: int = 20
    unpaged: str = "terminal length 0"  # "" for gear that always pages
    unknown: str = "            ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"
    greeted: bool = True  # it waits for a key before the first prompt where not
    echoes: bool = True


STYLES = {
    "cisco_ios": Style(),
    "cisco_nxos": Style(prompt="leaf-1# ", more="\x1b[7m--More--\x1b[m", wiped="\r\x1b[K"),
    "juniper_junos": Style(
        prompt="\r\n{master:0}\r\noperator@mx> ",
        more="---(more)---",
        wiped="\r" + " " * 40 + "\r",
        unpaged="set cli screen-length 0",
        unknown="                ^\r\nunknown command.\r\n",
    ),
    "hp_procurve": Style(
        banner="\x1b[2J\x1b[1;1HPress any key to continue",
        prompt="\x1b[24;1H\x1b[2Ksw-7# \x1b[24;1H\x1b[24;7H\x1b[?25h",
        more="-- MORE --, next page: Space, next line: Enter, quit: Control-C",
        wiped="\r\x1b[K",
        unpaged="no page",
        unknown="Invalid input: nothing\r\n",
        greeted=False,
    ),
    "one that counts": Style(prompt="{count} core1 # "),
    "one that always pages": Style(prompt="RP/0/RSP0/CPU0:edge#", unpaged="", rows=15),
    "one that does not echo": Style(prompt="asa> ", echoes=False, unpaged="", rows=30),
}


@dataclass
class Gear(paramiko.ServerInterface):
    """What it answers, by command. "hang", "endless" and "die" do as they say."""

    key: paramiko.PKey
    style: Style
    answers: dict[str, str]
    paged: bool = True
    typed: list[str] = field(default_factory=list)

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = key.asbytes() == self.key.asbytes()
        return paramiko.AUTH_SUCCESSFUL if known else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, channel: paramiko.Channel, *_: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        threading.Thread(target=self._serve, args=(channel,), daemon=True).start()
        return True

    def _serve(self, channel: paramiko.Channel) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._greet(channel)
            while line := self._line(channel):
                self.typed.append(line := line.strip())
                self._answer(channel, line)
                self._prompt(channel)
        channel.close()

    def _greet(self, channel: paramiko.Channel) -> None:
        channel.sendall(self.style.banner.encode())
        if not self.style.greeted:
            channel.recv(1)
        self._prompt(channel)

    def _prompt(self, channel: paramiko.Channel) -> None:
        channel.sendall(self.style.prompt.replace("{count}", str(len(self.typed) + 1)).encode())

    def _line(self, channel: paramiko.Channel) -> str:
        line = ""
        while (key := channel.recv(1)) not in (b"\r", b"\n", b""):
            line += key.decode()
            if self.style.echoes:
                channel.sendall(key)
        if key:
            channel.sendall(b"\r\n")
        return line + "\n" if key else ""

    def _answer(self, channel: paramiko.Channel, line: str) -> None:
        if line == "show die":
            channel.get_transport().close()
        while line in ("show hang", "show endless"):
            channel.sendall(b"all work and no play\r\n" * 50 if "endless" in line else b"")
            if "hang" in line and channel.recv(1) == b"":
                return
        if line and line == self.style.unpaged:
            self.paged = False
        elif line in self.answers:
            self._show(channel, self.answers[line].splitlines())
        elif line:
            channel.sendall(self.style.unknown.encode())

    def _show(self, channel: paramiko.Channel, lines: list[str]) -> None:
        for number, line in enumerate(lines):
            if self.paged and number and not number % self.style.rows:
                channel.sendall(self.style.more.encode())
                if channel.recv(1) != b" ":
                    raise EOFError
                channel.sendall(self.style.wiped.encode())
            channel.sendall(line.encode() + b"\r\n")


@contextlib.contextmanager
def gear_server(
    folder: Path, style: Style, answers: dict[str, str], identity: Path
) -> Iterator[tuple[Path, Gear]]:
    """Gear that takes that key; a file for `config` in which it is called "core1"."""
    host_key = paramiko.ECDSAKey.generate()
    gear = Gear(paramiko.Ed25519Key.from_private_key_file(str(identity)), style, answers)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=_accept, args=(listener, host_key, gear), daemon=True).start()
        known = folder / "known_hosts"
        known.write_text(f"[127.0.0.1]:{port} {host_key.get_name()} {host_key.get_base64()}\n")
        config = folder / "config"
        config.write_text(
            f"Host core1\n  HostName 127.0.0.1\n  Port {port}\n  User operator\n"
            f'  IdentityFile "{identity}"\n  IdentitiesOnly yes\n  IdentityAgent none\n'
            f'  UserKnownHostsFile "{known}"\n  GlobalKnownHostsFile /dev/null\n'
        )
        yield config, gear


def _accept(listener: socket.socket, host_key: paramiko.PKey, gear: Gear) -> None:
    with contextlib.suppress(OSError):
        while True:
            transport = paramiko.Transport(listener.accept()[0])
            transport.add_server_key(host_key)
            transport.start_server(event=threading.Event(), server=gear)

"""Real SSH servers on addresses of the loopback network: OpenSSH's sshd, and dropbear on BusyBox.

    with ssh_hosts(tmp_path, "jump1", "lb1") as hosts:
        hosts.add("api", jump="jump1,lb1", user_config=("ServerAliveInterval 1",))
        session = connect(Target("api"), config=hosts.config)

hosts.config is an ssh_config file that names them all, with the key, the known_hosts file and
the jumps. netns: a network namespace that the caller made; `address` is then one in it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from busybox_root import busybox_root

SSHD = "/usr/sbin/sshd"
PORT = 2200
SSHD_CONFIG = """\
{options}
ListenAddress {address}:{port}
{host_keys}
AuthorizedKeysFile {authorized}
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding yes
MaxStartups 200
UseDNS no
SetEnv HOME={home}
"""
USER_CONFIG = """\
Host {name}
  HostName {address}
  Port {port}
  User root
  IdentityFile "{identity}"
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile "{known_hosts}"
  GlobalKnownHostsFile /dev/null
{options}
"""


def needs(*programs: str) -> None:
    """Skip, naming what is missing."""
    if os.geteuid() != 0:
        pytest.skip("starting SSH servers needs root")
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@contextlib.contextmanager
def ssh_hosts(folder: Path, *names: str) -> Iterator[SshHosts]:
    """The named hosts, running sshd; all that they started is ended at the end."""
    needs(SSHD, "ssh-keygen")
    hosts = SshHosts(folder)
    try:
        hosts.add_all(*names)
        yield hosts
    finally:
        hosts.stop()


@dataclass
class SshHost:
    """One server. pid is its listening process, whose children are the connections."""

    name: str
    address: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    keys: dict[str, Path]  # private host keys by type: ed25519, rsa, ecdsa

    def public_key(self, kind: str = "ed25519") -> str:
        """Type and blob of a host key, as known_hosts has them."""
        return " ".join(Path(f"{self.keys[kind]}.pub").read_text().split()[:2])

    def fingerprint(self, kind: str = "ed25519") -> str:
        """SHA256:… as ssh-keygen prints it."""
        said = ("ssh-keygen", "-l", "-f", f"{self.keys[kind]}.pub")
        return subprocess.check_output(said, text=True).split()[1]

    def pause(self) -> None:
        """Stop everything there without ending it: the host hangs, its kernel still answers."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            _signal(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after a pause."""
        for pid in [self.process.pid, *descendants(self.process.pid)]:
            _signal(pid, signal.SIGCONT)

    def drop_connections(self) -> None:
        """Kill every connection, and the commands under it."""
        for pid in descendants(self.process.pid):
            _signal(pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the server, its connections and their commands."""
        for pid in [*descendants(self.process.pid), self.process.pid]:
            _signal(pid, signal.SIGKILL)
        self.process.wait(10)


class SshHosts:
    """Servers of one test, their keys and one ssh_config for all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / f"ssh-{secrets.token_hex(3)}"
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o700)
        self.config, self.known_hosts = self.folder / "config", self.folder / "known_hosts"
        self.identity = make_key(self.folder / "id")
        self._network = f"127.{2 + secrets.randbelow(250)}.{secrets.randbelow(250)}"
        self._hosts: dict[str, SshHost] = {}
        self.config.touch()
        self.known_hosts.touch()
        Path("/run/sshd").mkdir(exist_ok=True)

    def __getitem__(self, name: str) -> SshHost:
        return self._hosts[name]

    def add_all(self, *names: str) -> list[SshHost]:
        """Start many at a time."""
        hosts = [self.add(name, wait=False) for name in names]
        for host in hosts:
            _await(host)
        return hosts

    def add(
        self,
        name: str,
        *,
        server: str = "sshd",
        address: str = "",
        netns: str = "",
        jump: str = "",
        known: bool = True,
        shell: str = "",
        key_types: Sequence[str] = ("ed25519",),
        options: Sequence[str] = (),
        user_config: Sequence[str] = (),
        wait: bool = True,
    ) -> SshHost:
        """Start one. shell: what runs the commands there, as a login shell would ("fish").

        server: sshd, whose HOME is hosts.folder / name, or dropbear on a BusyBox-only root
        there. options: lines of sshd_config, without Match, which win over ours; user_config:
        lines of the ssh_config's Host.
        """
        address = address or f"{self._network}.{len(self._hosts) + 1}"
        folder = self.folder / name
        folder.mkdir()
        if shell:
            options = (*options, f'ForceCommand exec {shell} -c "$SSH_ORIGINAL_COMMAND"')
        keys = {kind: make_key(self.folder / f"{name}.{kind}", kind) for kind in key_types}
        start = _dropbear if server == "dropbear" else _sshd
        command = start(folder, address, list(keys.values()), self.identity, options)
        within = ("ip", "netns", "exec", netns) if netns else ()
        host = _run(name, address, (*within, *command), self.folder / f"{name}.log", keys)
        self._hosts[name] = host
        self._write_down(host, jump, known, user_config)
        if wait:
            _await(host)
        return host

    def _write_down(
        self, host: SshHost, jump: str, known: bool, user_config: Sequence[str]
    ) -> None:
        if known:
            with self.known_hosts.open("a") as file:
                for kind in host.keys:
                    file.write(f"[{host.address}]:{host.port} {host.public_key(kind)}\n")
        lines = (*user_config, f"ProxyJump {jump}") if jump else user_config
        with self.config.open("a") as file:
            file.write(
                USER_CONFIG.format(
                    name=host.name,
                    address=host.address,
                    port=host.port,
                    identity=self.identity,
                    known_hosts=self.known_hosts,
                    options="".join(f"  {line}\n" for line in lines),
                )
            )

    def stop(self) -> None:
        """End them all."""
        for host in self._hosts.values():
            host.stop()


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A private key without passphrase, and path.pub beside it."""
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def descendants(pid: int) -> list[int]:
    """Processes that it started, and those that these started."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError, IndexError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found, ahead = [], [pid]
    while ahead:
        below = children.get(ahead.pop(), [])
        found += below
        ahead += below
    return found


def _sshd(
    folder: Path, address: str, keys: list[Path], identity: Path, options: Sequence[str]
) -> tuple[str, ...]:
    config = SSHD_CONFIG.format(
        address=address,
        port=PORT,
        host_keys="\n".join(f"HostKey {key}" for key in keys),
        authorized=f"{identity}.pub",
        home=folder,
        options="\n".join(options),
    )
    (folder / "sshd_config").write_text(config)
    return (SSHD, "-D", "-e", "-f", str(folder / "sshd_config"))


def _dropbear(
    folder: Path, address: str, keys: list[Path], identity: Path, options: Sequence[str]
) -> tuple[str, ...]:
    """Dropbear takes no file of authorized keys: it gets a root of its own, with BusyBox only."""
    needs("dropbear", "dropbearconvert", "busybox", "unshare")
    busybox_root(folder, "dropbear")
    arguments = ["-F", "-E", "-s", "-p", f"{address}:{PORT}", *options]
    for key in keys:
        made = folder / "etc" / key.name
        convert = ("dropbearconvert", "openssh", "dropbear", str(key), str(made))
        subprocess.run(convert, check=True, capture_output=True)
        arguments += ["-r", f"/etc/{key.name}"]
    shutil.copy(f"{identity}.pub", folder / "root/.ssh/authorized_keys")
    mounts = " && ".join(f"mount --rbind /{name} {folder}/{name}" for name in ("dev", "proc"))
    script = f'{mounts} && exec chroot {folder} /bin/dropbear "$@"'
    return ("unshare", "-m", "sh", "-c", script, "sh", *arguments)


def _run(
    name: str, address: str, command: Sequence[str], log: Path, keys: dict[str, Path]
) -> SshHost:
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
    return SshHost(name, address, PORT, process, log, keys)


def _await(host: SshHost) -> None:
    for _ in range(400):
        # sshd says "Server listening", dropbear "Not backgrounding" after it listens.
        if any(word in host.log.read_text() for word in ("Server listening", "Not background")):
            return
        if host.process.poll() is not None:
            break
        time.sleep(0.025)
    raise AssertionError(f"{host.name} did not start: {host.log.read_text()}")


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)

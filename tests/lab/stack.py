"""The whole lab: client → router → lb1 → lb2 → api → db, and mon beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import network, services
from .accounting import Accounting
from .hosts import Host

NAMES = ("switch", "wires", "client", "router", "lb1", "lb2", "api", "db", "mon")
LAN = {"router": 1, "lb1": 10, "lb2": 20, "api": 30, "db": 40, "mon": 50}
ORDER = {
    **{"client": ["router"], "router": ["lb1"]},
    **{"lb1": ["lb2"], "lb2": ["api"], "api": ["db"]},
}
ROLES = {
    **{"client": "load_generator", "router": "router", "lb1": "lb", "lb2": "lb"},
    **{"api": "app", "db": "db", "mon": "other"},
}


@dataclass(slots=True)
class Stack:
    """The hosts by name, and where the client keeps its files."""

    hosts: dict[str, Host]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def client(self, *words: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a command on the client in its home folder, and keep what it said."""
        env = {**os.environ, **self.environment, "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            self.hosts["client"].command("sh", "-c", 'cd /home && exec "$@"', "sh", *words),
            capture_output=True,
            text=True,
            timeout=seconds,
            env=env,
        )

    @property
    def home(self) -> Path:
        """The client's home folder, as this machine sees it."""
        return self.hosts["client"].path("/home")


@contextmanager
def stack(
    *, connections: int = 1024, indexed: bool = True, think_s: float = 0.0, rows: int = 60_000
) -> Iterator[Stack]:
    """Boot everything, and take it all away in the end."""
    folder = Path(tempfile.mkdtemp(prefix="diagnose-lab-"))
    folder.chmod(0o755)
    prefix = f"dl{os.getpid() % 100_000}-"
    hosts = {}
    for name in NAMES:
        (folder / name).mkdir()
        hosts[name] = Host(name, folder / name, prefix)
    accounting = None
    try:
        for host in hosts.values():
            host.boot()
        accounting = Accounting(list(hosts.values()))
        _wire(hosts)
        _serve(hosts, connections, indexed, think_s, rows)
        made = Stack(hosts, folder)
        _write_client(made)
        yield made
    finally:
        if accounting is not None:
            accounting.close()
        for host in hosts.values():
            host.halt()
        for controller in ("cpu", "cpuacct"):
            with suppress(OSError):
                hosts["client"].cgroup(controller).parent.rmdir()
        shutil.rmtree(folder, ignore_errors=True)


def _wire(hosts: dict[str, Host]) -> None:
    """The way of the requests, and beside it one for ssh."""
    network.bridge(hosts["switch"])
    network.bridge(hosts["wires"])
    network.cable(
        *(hosts["client"], "eth0", "10.77.1.2/24"),
        *(hosts["router"], "wan0", "10.77.1.1/24"),
    )
    for name, number in LAN.items():
        device = "lan0" if name == "router" else "eth0"
        network.plug(hosts[name], device, f"10.77.2.{number}/24", hosts["switch"])
        if name != "router":
            network.route(hosts[name], "10.77.1.0/24", "10.77.2.1")
    network.route(hosts["client"], "10.77.2.0/24", "10.77.1.1")
    network.forward(hosts["router"])
    for name, number in (*LAN.items(), ("client", 2)):
        network.plug(hosts[name], "mgmt0", f"10.77.3.{number}/24", hosts["wires"])


def _serve(
    hosts: dict[str, Host], connections: int, indexed: bool, think_s: float, rows: int
) -> None:
    services.mariadb(hosts["db"], rows, indexed)
    services.api(hosts["api"], "10.77.2.40", think_s)
    services.nginx(hosts["lb2"], "10.77.2.30:8080")
    services.nginx(hosts["lb1"], "10.77.2.20:80", connections)


def _write_client(made: Stack) -> None:
    """Keys, ~/.ssh/config, known_hosts, diagnose.toml and the users, in the client's home."""
    ssh = made.hosts["client"].path("/root/.ssh")
    ssh.mkdir(mode=0o700, exist_ok=True)
    public = services.key(ssh).with_suffix(".pub").read_text()
    known, config = "", ""
    for name, number in LAN.items():
        address = f"10.77.3.{number}"
        known += services.sshd(made.hosts[name], address, public)
        config += f"Host {name}\n  HostName {address}\n  User root\n"
        config += "  IdentityFile /root/.ssh/id_ed25519\n"
    (ssh / "known_hosts").write_text(known)
    (ssh / "config").write_text(config)
    (made.home / "diagnose.toml").write_text(_toml())
    shutil.copy(Path(__file__).with_name("locustfile.py"), made.home)


def _toml() -> str:
    lines = ["[run]", 'timezone = "UTC"', ""]
    for name, role in ROLES.items():
        lines += [f"[components.{name}]", f'role = "{role}"']
        lines.append(f'host = "{"local" if name == "client" else name}"')
        if name in ORDER:
            lines.append(f"sends_to = {ORDER[name]}")
        if role == "lb":
            lines.append('status_url = "http://127.0.0.1/nginx_status"')
        if role == "app":
            lines.append('logs = ["/var/log/api.log"]')
        if role == "db":
            lines.append('database = "mysql"')
        lines.append("")
    return "\n".join(lines).replace("'", '"')


def locust() -> list[str]:
    """The words that start the load on the client."""
    binary = str(Path(sys.executable).with_name("locust"))
    return [binary, "-f", "locustfile.py", "--headless", "--host", "http://10.77.2.10"]

"""A host of the lab: namespaces for network, mounts, processes and name; control groups; files.

Needs root, iproute2, util-linux and control groups of version 1 (cpu, cpuacct). Whatever a
host writes lies in a folder of its own, mounted over /etc/nginx, /var/log, … so that real
paths hold on each of them. /proc/stat shows what the host's own control group used, for the
kernel counts processors for the whole machine.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
CONTROLLERS = ("cpu", "cpuacct")
# Folders that each host has for itself, and what of this machine's they begin with.
OWN = (
    *("/var/log", "/run", "/root/.ssh", "/home", "/var/lib/mysql", "/var/lib/postgresql"),
    *("/etc/ssh", "/etc/nginx", "/etc/mysql", "/etc/postgresql", "/var/lib/nginx"),
    "/tmp",  # the last: what the others are mounted from may lie there
)
# What runs on the hosts, seen there wherever it lies.
TREES = (Path(__file__).parents[2], Path(sys.prefix), Path(sys.base_prefix))
COPIED = ("/etc/nginx", "/etc/mysql")
# Machine-wide figures that would be taken for this host's own.
HIDDEN = ("/proc/loadavg", "/proc/diskstats", "/proc/pressure")
NEEDED = ("ip", "unshare", "nsenter", "mount", "sshd", "nginx")

REAP = "while :; do sleep 3600 & wait; done"  # a first process collects the host's orphans


def missing() -> str:
    """What this machine lacks for a lab; "" if nothing."""
    if os.geteuid() != 0:
        return "root (namespaces, mounts, control groups)"
    tools = [t for t in NEEDED if shutil.which(t, path="/usr/sbin:/sbin:/usr/bin:/bin") is None]
    if tools:
        return f"programs: {', '.join(tools)}"
    lacking = [c for c in CONTROLLERS if not (CGROUPS / c / "tasks").exists()]
    return f"control groups of version 1: {', '.join(lacking)}" if lacking else ""


@dataclass(slots=True, eq=False)
class Host:
    """One host. `prefix` keeps the names of several labs apart."""

    name: str
    root: Path
    prefix: str
    init: subprocess.Popen[bytes] | None = None
    first: int = 0  # its first process, as this machine numbers it
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def netns(self) -> str:
        return f"{self.prefix}{self.name}"

    @property
    def stat(self) -> Path:
        """What the host sees as /proc/stat."""
        return self.root / "proc_stat"

    def cgroup(self, controller: str) -> Path:
        return CGROUPS / controller / f"{self.prefix}lab" / self.name

    def boot(self) -> None:
        """Make the namespaces, the folders and a first process that holds them."""
        sh(f"ip netns add {self.netns}")
        for folder in OWN:
            self._make(folder)
        self.stat.write_text("cpu  0 0 0 0 0 0 0 0 0 0\n")
        (self.root / "nothing").touch()
        (self.root / "empty").mkdir()
        for controller in CONTROLLERS:
            self.cgroup(controller).mkdir(parents=True, exist_ok=True)
        script = self.root / "boot.sh"
        script.write_text("\n".join(["set -e", *self._mounts(), REAP]) + "\n")
        enter = ["ip", "netns", "exec", self.netns, "unshare", "-m", "-u", "-p", "-f"]
        with (self.root / "boot.log").open("wb") as log:
            self.init = subprocess.Popen(
                [*self._joined(), *enter, "--mount-proc", "sh", str(script)],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        until(lambda: self._pid() and (self.root / "run" / "booted").exists(), f"{self.name} boots")
        self.first = self._pid()  # later on it has children itself: orphans of the host

    def _make(self, folder: str) -> None:
        mine = self.root / folder.strip("/").replace("/", "-")
        if folder in COPIED and Path(folder).is_dir():
            shutil.copytree(folder, mine, symlinks=True)
        else:
            mine.mkdir(parents=True)
        if folder in ("/var/log", "/run", "/tmp"):
            mine.chmod(0o1777 if folder == "/tmp" else 0o755)

    def _mounts(self) -> list[str]:
        lines = [f"hostname {self.name}", "mount --make-rprivate /", "ip link set lo up"]
        lines.append(f"mount --bind {self.stat} /proc/stat")
        for path in HIDDEN:
            if Path(path).exists():
                blank = "empty" if Path(path).is_dir() else "nothing"
                lines.append(f"mount --bind {self.root / blank} {path}")
        for folder in OWN:
            mine = self.root / folder.strip("/").replace("/", "-")
            for tree in (tree for tree in TREES if tree.is_relative_to(folder)):
                inside = mine / tree.relative_to(folder)
                lines.append(f"mkdir -p {inside} && mount --bind {tree} {inside}")
            lines.append(f"mkdir -p {folder} && mount --rbind {mine} {folder}")
        return [*lines, "mkdir -p /run/sshd /var/log/nginx /var/log/mysql", "touch /run/booted"]

    def path(self, path: str) -> Path:
        """Where a path of the host lies on this machine."""
        folder = max((f for f in OWN if path.startswith(f)), key=len)
        return self.root / folder.strip("/").replace("/", "-") / path[len(folder) :].strip("/")

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Put a file on the host."""
        where = self.path(path)
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        where.chmod(mode)

    def _joined(self) -> list[str]:
        """A command that puts itself into the host's control groups before it goes on."""
        tasks = " ".join(str(self.cgroup(c) / "tasks") for c in CONTROLLERS)
        return ["sh", "-c", f'for t in {tasks}; do echo $$ > "$t"; done; exec "$@"', "sh"]

    def _pid(self) -> int:
        """The first process inside, as this machine numbers it."""
        if self.init is None:
            return 0
        own = self.init.pid  # ip netns exec and unshare exec in place; unshare -f forks once
        try:
            return int(Path(f"/proc/{own}/task/{own}/children").read_text().split()[0])
        except (OSError, IndexError):
            return 0

    def command(self, *words: str) -> list[str]:
        """Words that run a command on the host."""
        enter = ["nsenter", "-t", str(self.first), "-m", "-n", "-u", "-p"]
        return [*self._joined(), *enter, *words]

    def run(self, *words: str, check: bool = True, text: str = "", seconds: float = 120) -> str:
        """Run a command on the host; its standard output."""
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, input=text, timeout=seconds
        )
        if check and done.returncode:
            raise AssertionError(f"{self.name}: {words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *words: str, log: str = "/var/log/started.log", **options: object) -> None:
        """Start a service that ends with the host."""
        with self.path(log).open("ab") as out:
            self.started.append(
                subprocess.Popen(
                    self.command(*words),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    **options,  # type: ignore[arg-type]
                )
            )

    def halt(self) -> None:
        """End whatever runs on the host and take its namespaces away."""
        if pid := self.first or self._pid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)  # the kernel ends all others of its namespace
        for process in (*self.started, self.init):
            if process is not None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(10)
        subprocess.run(["ip", "netns", "del", self.netns], capture_output=True)
        for controller in CONTROLLERS:
            until(lambda c=controller: _removed(self.cgroup(c)), "control groups empty")


def _removed(cgroup: Path) -> bool:
    with suppress(OSError, ProcessLookupError):  # what entered and is of no namespace of the host
        for pid in (cgroup / "tasks").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
    try:
        cgroup.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def sh(command: str) -> None:
    """Run a command of this machine."""
    done = subprocess.run(command, shell=True, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command}: {done.stderr}")


def until(holds, what: str, seconds: float = 30.0) -> None:  # type: ignore[no-untyped-def]
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)


def names(hosts: Sequence[Host]) -> list[str]:
    return [host.name for host in hosts]

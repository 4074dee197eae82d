"""Feeds each host's /proc/stat from what its control group used."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from .hosts import Host

EACH_S = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
NANO = 1e9


class Accounting:
    """A thread that writes the files until it is closed."""

    def __init__(self, hosts: list[Host]) -> None:
        self._hosts = hosts
        self._stop = threading.Event()
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def _feed(self) -> None:
        while not self._stop.wait(EACH_S):
            for host in self._hosts:
                write_stat(host, time.monotonic() - self._began)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()


def write_stat(host: Host, up_s: float) -> None:
    """user, nice, system, idle, … in ticks; what the group did not use was idle."""
    user, system = _used(host, "user"), _used(host, "sys")
    lines = []
    for core in range(CORES):
        lines.append(_line(f"cpu{core}", user[core], system[core], up_s))
    total = _line("cpu ", sum(user), sum(system), up_s * CORES)
    text = "\n".join([total, *lines, "ctxt 0", "btime 0", "processes 0", "procs_running 1"]) + "\n"
    with open(host.stat, "r+") as file:  # in place: the file is mounted
        file.write(text)
        file.truncate()


def _used(host: Host, kind: str) -> list[float]:
    path: Path = host.cgroup("cpuacct") / f"cpuacct.usage_percpu_{kind}"
    try:
        return [int(word) / NANO for word in path.read_text().split()][:CORES]
    except FileNotFoundError:
        return [0.0] * CORES


def _line(name: str, user_s: float, system_s: float, up_s: float) -> str:
    idle_s = max(up_s - user_s - system_s, 0.0)
    ticks = [round(s * TICKS) for s in (user_s, 0, system_s, idle_s)]
    return f"{name} {' '.join(map(str, ticks))} 0 0 0 0 0 0"

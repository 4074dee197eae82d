"""How long 50 hosts take, and how much memory: `diagnose collect` beside ssh in a loop and xargs.

    python benchmarks/collect_hosts.py [HOSTS]

Fifty real sshd on loopback addresses, root only. Each row does all hosts once; what ssh fetches
(one `cat` of some counters) is far less than what collect does, and shows the price of
connecting alone.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from ssh_hosts import ssh_hosts  # noqa: E402

CAT = "cat /proc/stat /proc/meminfo /proc/net/dev"


def main(count: int) -> None:
    """Time each way."""
    names = [f"host{i}" for i in range(count)]
    with tempfile.TemporaryDirectory() as folder, ssh_hosts(Path(folder), *names) as hosts:
        here, config = Path(folder), str(hosts.config)
        (here / "diagnose.toml").write_text("".join(f"[components.{n}]\n" for n in names))
        ssh = f"ssh -F {config} -o BatchMode=yes"
        ways: dict[str, Callable[[], list[str]]] = {
            "ssh, one after the other": lambda: ["sh", "-c", f"for h in {' '.join(names)}; do "
                                                 f"{ssh} $h '{CAT}' >/dev/null; done"],
            "ssh, 16 at a time (xargs)": lambda: ["sh", "-c", f"printf '%s\\n' {' '.join(names)} | "
                                                  f"xargs -P 16 -I@ {ssh} @ '{CAT}' >/dev/null"],
            "diagnose collect": lambda: [str(Path(sys.executable).with_name("diagnose")), "collect",
                                         "run", "--ssh-config", config, "--since", "5m"],
        }  # fmt: skip
        for name, command in ways.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            began = time.monotonic()
            done = subprocess.run(command(), cwd=here, capture_output=True, text=True)
            took = time.monotonic() - began
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{name:28} {took:6.1f} s  {cpu:5.1f} s of processor  status {done.returncode}")
        print(f"largest process {after.ru_maxrss / 1024:.0f} MiB")
        print(done.stderr.splitlines()[-2])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)

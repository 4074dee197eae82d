"""A file system with BusyBox and nothing else: as on a router, or in a small container."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

LIBRARY = re.compile(r"(/\S+) \(0x")


def busybox_root(folder: Path, *programs: str) -> Path:
    """Lay the root file system out; `programs` are copied beside BusyBox with their libraries."""
    busybox = shutil.which("busybox")
    assert busybox, "busybox is not installed"
    for name in ("bin", "dev", "proc", "sys", "etc", "root/.ssh", "tmp", "var/log", "run"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for program in (busybox, *(shutil.which(name) or name for name in programs)):
        _copy(folder, Path(program))
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc/passwd").write_text("root:*:0:0:root:/root:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\n")
    (folder / "etc/shells").write_text("/bin/sh\n")
    (folder / "root").chmod(0o700)
    return folder


def _copy(folder: Path, program: Path) -> None:
    shutil.copy(program, folder / "bin")
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    for library in LIBRARY.findall(linked.stdout):
        target = folder / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)

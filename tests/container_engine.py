"""Containers of podman with nothing but BusyBox in them, made without any registry."""

from __future__ import annotations

import contextlib
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

from busybox_root import busybox_root
from ssh_hosts import needs

# A machine in a sandbox may not raise limits, and has control groups that crun does not like.
MODEST = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--runtime", "runc")


def podman(*arguments: str) -> str:
    """Run it; what it prints."""
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True)
    assert not done.returncode, f"podman {arguments[0]}: {done.stderr}"
    return done.stdout


class Containers:
    """Containers of one test; all are removed at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names: list[str] = []
        self._images: list[str] = []

    def image(self, root: Path) -> str:
        """An image of that file system; its name."""
        name, packed = f"diagnose-test:{secrets.token_hex(4)}", self.folder / "image.tar"
        subprocess.run(["tar", "-C", root, "-cf", packed, "."], check=True)
        podman("import", "-q", str(packed), name)
        self._images.append(name)
        return name

    def busybox(self) -> str:
        """An image with BusyBox."""
        return self.image(busybox_root(self.folder / secrets.token_hex(4)))

    def run(self, image: str, *command: str) -> str:
        """Start a container; its name."""
        name = f"diagnose-test-{secrets.token_hex(4)}"
        self._names.append(name)
        podman("run", "-d", "--name", name, "--network", "none", *MODEST, image, *command)
        return name

    def remove(self) -> None:
        """End them all."""
        ends = ((["rm", "-t", "0"], self._names), (["image", "rm"], self._images))
        for words, names in ends:
            for name in names:
                subprocess.run(["podman", *words, "-f", name], capture_output=True)


@contextlib.contextmanager
def containers(folder: Path) -> Iterator[Containers]:
    """Use it as a context."""
    needs("podman", "runc", "busybox", "tar")
    made = Containers(folder)
    try:
        yield made
    finally:
        made.remove()

"""What several series of node_exporter say together: shares of time, waits, what is in use."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from diagnose.readings import Array, Form

from ._prometheus_exporter import Exporter
from ._prometheus_tracks import Track, together
from .proc_diskstats import PARTITION

MODES = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL = range(8)
WHOLE = {
    "cpu.user_ratio": USER,
    "cpu.system_ratio": SYSTEM,
    "cpu.iowait_ratio": IOWAIT,
    "cpu.softirq_ratio": SOFTIRQ,
    "cpu.steal_ratio": STEAL,
}
FALLEN_S = 3.0  # a fall of more than this is a restart; node_exporter's own bound
IMAGES = ("squashfs", "iso9660", "erofs", "rootfs")  # always full, or another's twin


def work_out(exporter: Exporter) -> None:
    """Everything that is a share or a mean of others."""
    _processors(exporter)
    _memory(exporter)
    _disks(exporter)
    _file_systems(exporter)


def _processors(exporter: Exporter) -> None:
    modes: dict[str, dict[str, Track]] = defaultdict(dict)
    for track in exporter.all("node_cpu_seconds"):
        cpu = track.labels.get("cpu", "").removeprefix("cpu")
        modes[cpu][track.labels.get("mode", "")] = track
    whole: list[tuple[Array, Array]] = []
    any_track = None
    for cpu, by_mode in sorted(modes.items()):
        if "idle" not in by_mode:
            continue
        any_track = by_mode["idle"]
        at_s, seconds = _seconds(by_mode)
        whole.append((at_s, seconds))
        shares = _shares(seconds)
        values = {"cpu.core_busy_ratio": _busy(shares), "cpu.core_softirq_ratio": shares[SOFTIRQ]}
        for metric, share in values.items():
            exporter.give(metric, any_track.of(at_s[1:], share), Form.MEAN, f"cpu{cpu}")
    if any_track is not None:
        _all_processors(exporter, whole, any_track)


def _all_processors(exporter: Exporter, whole: list[tuple[Array, Array]], track: Track) -> None:
    count = np.full(track.at_s.size, float(len(whole)))
    exporter.limit("cpu.count", track.of(track.at_s, count))
    common = track.at_s
    for at_s, _ in whole:
        common = np.intersect1d(common, at_s)
    seconds = np.sum([s[:, np.searchsorted(at_s, common)] for at_s, s in whole], axis=0)
    shares = _shares(seconds)
    values = {"cpu.busy_ratio": _busy(shares)} | {m: shares[mode] for m, mode in WHOLE.items()}
    for metric, share in values.items():
        exporter.give(metric, track.of(common[1:], share), Form.MEAN)


def _seconds(by_mode: dict[str, Track]) -> tuple[Array, Array]:
    """Times, and seconds in each mode at them, shape (8, n); a mode that is not told is 0."""
    told = [mode for mode in MODES if mode in by_mode]
    at_s, columns = together(by_mode[mode] for mode in told)
    seconds = np.zeros((len(MODES), at_s.size))
    for mode, column in zip(told, columns, strict=True):
        seconds[MODES.index(mode)] = column
    return at_s, seconds


def _shares(seconds: Array) -> Array:
    """The share of each mode between two scrapes; NaN over a restart."""
    more = np.diff(seconds, axis=1)
    fallen = (more < -FALLEN_S).any(axis=0)
    more = np.clip(more, 0, None)
    total = more.sum(axis=0)
    out: Array = np.where((total > 0) & ~fallen, more / np.where(total > 0, total, 1.0), np.nan)
    return out


def _busy(shares: Array) -> Array:
    return np.asarray(1 - shares[IDLE] - shares[IOWAIT])


def _memory(exporter: Exporter) -> None:
    total, available = _told(exporter, "MemTotal"), _told(exporter, "MemAvailable")
    if available is None:  # before Linux 3.14: as `free` had it
        parts = [_told(exporter, name) for name in ("MemFree", "Buffers", "Cached")]
        if all(parts):
            at_s, columns = together(part for part in parts if part)
            available = parts[0] and parts[0].of(at_s, np.sum(columns, axis=0))
            if available:
                exporter.give("memory.available_bytes", available)
    _used(exporter, "memory.used_ratio", total, available)
    _used(
        exporter,
        "memory.swap_used_ratio",
        _told(exporter, "SwapTotal"),
        _told(exporter, "SwapFree"),
    )


def _told(exporter: Exporter, name: str) -> Track | None:
    return exporter.one(f"node_memory_{name}")


def _used(
    exporter: Exporter, metric: str, total: Track | None, free: Track | None, part: str = ""
) -> None:
    """1 - free / total; of nothing, nothing is used."""
    if total is not None and free is not None:
        at_s, (whole, left) = together((total, free))
        used = np.where(whole > 0, 1 - left / np.where(whole > 0, whole, 1.0), 0.0)
        exporter.give(metric, free.of(at_s, used), part=part)


def _disks(exporter: Exporter) -> None:
    names = set(exporter.by("node_disk_io_time_seconds", "device"))
    busy = {
        "disk.util_ratio": ("node_disk_io_time_seconds", 1.0),
        "disk.queue_length": ("node_disk_io_time_weighted_seconds", np.inf),
    }
    for metric, (name, most) in busy.items():
        for disk, track in exporter.by(name, "device").items():
            if not _is_part(disk, names):
                rate = _steps(track) / np.diff(track.at_s)
                mean = track.of(track.at_s[1:], np.minimum(rate, most))
                exporter.give(metric, mean, Form.MEAN, disk)
    reads = _served(exporter, "read", names)
    writes = _served(exporter, "write", names)
    for disk in reads.keys() & writes.keys():
        _await(exporter, "disk.read_await_s", [reads[disk]], disk)
        _await(exporter, "disk.write_await_s", [writes[disk]], disk)
        _await(exporter, "disk.await_s", [reads[disk], writes[disk]], disk)


def _is_part(name: str, names: set[str]) -> bool:
    """Whether it is a partition of a disk that is told of as well."""
    match = PARTITION.fullmatch(name)
    return match is not None and (match["disk"] or match["plain"]) in names


def _served(exporter: Exporter, way: str, names: set[str]) -> dict[str, tuple[Track, Track]]:
    """Disk → seconds that requests took, and their number."""
    took = exporter.by(f"node_disk_{way}_time_seconds", "device")
    number = exporter.by(f"node_disk_{way}s_completed", "device")
    return {
        disk: (took[disk], number[disk])
        for disk in took.keys() & number.keys()
        if not _is_part(disk, names)
    }


def _await(exporter: Exporter, metric: str, pairs: list[tuple[Track, Track]], disk: str) -> None:
    at_s, columns = together(track for pair in pairs for track in pair)
    steps = [np.diff(column) for column in columns]
    seconds, number = sum(steps[::2]), sum(steps[1::2])
    good = (np.asarray(number) > 0) & np.all([step >= 0 for step in steps], axis=0)
    mean = np.where(good, seconds / np.where(good, number, 1.0), np.nan)
    exporter.give(metric, pairs[0][0].of(at_s[1:], mean), Form.MEAN, disk)


def _steps(track: Track) -> Array:
    """How much a total rose between two scrapes; NaN where it fell, for it began anew."""
    steps = np.diff(track.values)
    return np.where(steps >= 0, steps, np.nan)


def _file_systems(exporter: Exporter) -> None:
    tracks: dict[str, dict[str, Track]] = defaultdict(dict)
    for what in ("size", "free", "avail", "files", "files_free"):
        for track in exporter.all(f"node_filesystem_{what}"):
            if track.labels.get("fstype") not in IMAGES:
                tracks[track.labels.get("mountpoint", "")][what] = track
    for mount, told in tracks.items():
        if {"size", "free", "avail"} <= told.keys():
            at_s, (size, free, avail) = together(told[w] for w in ("size", "free", "avail"))
            used, whole = size - free, size - free + avail  # as df: root's reserve is not counted
            share = np.where(whole > 0, used / np.where(whole > 0, whole, 1.0), np.nan)
            exporter.give("disk.space_used_ratio", told["size"].of(at_s, share), part=mount)
        _used(exporter, "disk.inodes_used_ratio", told.get("files"), told.get("files_free"), mount)

"""Cores, memory and instructions available to the program, by affinity, control groups and /proc.

A container sees all cores and the whole memory of its host; what it may use is written in its control group, of
version 1 or 2.
"""

import math
import os
import platform
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")
UNLIMITED_BYTES = 1 << 60
"""Version 1 writes a number beyond this where there is no limit."""


def cores(root: Path = ROOT) -> int:
    """Cores that this process may use, at least one; `root` is where `/proc` and `/sys` are."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [math.ceil(quota) for group in _groups("cpu", root) if (quota := _cpu_quota(group))]
    return max(1, min([allowed, *quotas]))


def physical_cores(root: Path = ROOT) -> int:
    """Cores without their hyper-threads, of those that this process may use; all where the system does not tell."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    topology = root / "sys/devices/system/cpu"
    siblings = {_read(topology / f"cpu{number}" / "topology/thread_siblings_list") or number for number in allowed}
    return min(len(siblings) or cores(root), cores(root))


def memory_bytes(root: Path = ROOT) -> int | None:
    """Memory that this process and its children may use together; None where the system does not tell."""
    limits = [limit for group in _groups("memory", root) if (limit := _memory_limit(group))]
    for line in _read(root / "proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            limits.append(int(line.split()[1]) * 1024)
    return min(limits, default=None)


def has_avx2(root: Path = ROOT, machine: str | None = None) -> bool:
    """Whether the processor has AVX2, or is not an x86-64 one; assumed where the system does not tell.

    `machine` is the kind of processor, by default this one's.
    """
    if (machine or platform.machine()).lower() not in {"x86_64", "amd64"}:
        return True
    flags = [line for line in _read(root / "proc/cpuinfo").splitlines() if line.startswith("flags")]
    return not flags or "avx2" in flags[0].split()


def _groups(controller: str, root: Path) -> Iterator[Path]:
    """Folders of the control groups that this process is in, up to the outermost; in a container some may not show."""
    mounts = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and controller not in controllers.split(","):
            continue
        mount = mounts / controllers if controllers else mounts
        if controllers and not mount.exists():
            mount = mounts / controller
        inner = Path(path.lstrip("/"))
        for folder in (inner, *inner.parents):
            yield mount / folder


def _cpu_quota(group: Path) -> float | None:
    """Cores' worth of time that a group may use."""
    version_2 = _read(group / "cpu.max")
    version_1 = f"{_read(group / 'cpu.cfs_quota_us')} {_read(group / 'cpu.cfs_period_us')}"
    quota, _, period = (version_2 or version_1).partition(" ")
    try:
        return float(quota) / float(period) if float(quota) > 0 and float(period) > 0 else None
    except ValueError:  # "max", or nothing
        return None


def _memory_limit(group: Path) -> int | None:
    """Bytes."""
    text = _read(group / "memory.max") or _read(group / "memory.limit_in_bytes")
    return int(text) if text.isdigit() and int(text) < UNLIMITED_BYTES else None


def _read(path: Path) -> str:
    """A file's text; nothing if there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""

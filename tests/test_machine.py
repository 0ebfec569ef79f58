"""Cores and memory by affinity and by the quotas of control groups, as containers have them."""

import os
from pathlib import Path

import pytest

from ocr.machine import cores, has_avx2, memory_bytes, physical_cores

ALLOWED = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
MiB = 1024**2


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root


def test_cores_of_a_machine_without_groups(tmp_path: Path) -> None:
    """Those of the affinity, which `taskset` narrows."""
    assert cores(tmp_path) == ALLOWED
    assert memory_bytes(tmp_path) is None


def test_cores_without_hyper_threads(tmp_path: Path) -> None:
    """Two threads of one core are one; where the system does not tell, each counts."""
    assert physical_cores(tmp_path) == ALLOWED
    numbers = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    together = {f"sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list": "0-127" for n in numbers}
    assert physical_cores(system(tmp_path, together)) == (1 if numbers else ALLOWED)


@pytest.mark.parametrize(
    ("quota", "wanted"),
    [("50000 100000", 1), ("100000 100000", 1), ("max 100000", ALLOWED), ("99900000 100000", ALLOWED)],
)
def test_cores_by_quota_of_version_2(tmp_path: Path, quota: str, wanted: int) -> None:
    """As docker --cpus sets it; a part of a core counts as one, more than there are as those there are."""
    system(tmp_path, {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": quota})
    assert cores(tmp_path) == wanted


def test_cores_and_memory_of_a_group_around_ours(tmp_path: Path) -> None:
    """The narrowest of all that enclose the process holds, wherever it is set."""
    system(
        tmp_path,
        {
            "proc/self/cgroup": "0::/kubepods/pod1/box",
            "proc/meminfo": "MemTotal:       67108864 kB",
            "sys/fs/cgroup/kubepods/pod1/cpu.max": "100000 100000",
            "sys/fs/cgroup/kubepods/pod1/box/cpu.max": "max 100000",
            "sys/fs/cgroup/kubepods/memory.max": str(900 * MiB),
            "sys/fs/cgroup/kubepods/pod1/memory.max": "max",
        },
    )
    assert cores(tmp_path) == 1
    assert memory_bytes(tmp_path) == 900 * MiB


@pytest.mark.parametrize("mount", ["cpu,cpuacct", "cpu"])
def test_cores_and_memory_by_version_1(tmp_path: Path, mount: str) -> None:
    """The path of the host's group is not there in a container: its limits lie at the mount."""
    system(
        tmp_path,
        {
            "proc/self/cgroup": "11:cpu,cpuacct:/docker/1a2b\n10:memory:/docker/1a2b\n9:cpuset:/docker/1a2b",
            "proc/meminfo": "MemTotal:       2048 kB\nMemFree: 1 kB",
            f"sys/fs/cgroup/{mount}/cpu.cfs_quota_us": "40000",
            f"sys/fs/cgroup/{mount}/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        },
    )
    assert cores(tmp_path) == 1
    assert memory_bytes(tmp_path) == 2 * MiB
    (tmp_path / f"sys/fs/cgroup/{mount}/cpu.cfs_quota_us").write_text("-1\n")
    assert cores(tmp_path) == ALLOWED


@pytest.mark.parametrize(
    ("machine", "flags", "has"),
    [
        ("x86_64", "fpu sse4_2 avx avx2 fma", True),
        ("AMD64", "fpu sse4_2 avx", False),
        ("aarch64", "fp asimd", True),
        ("x86_64", None, True),
    ],
    ids=["new", "old", "arm", "not told"],
)
def test_avx2(tmp_path: Path, machine: str, flags: str | None, has: bool) -> None:
    """By the flags of the first processor; other kinds than x86-64 have no use for it."""
    if flags is not None:
        system(tmp_path, {"proc/cpuinfo": f"processor\t: 0\nflags\t\t: {flags}\nprocessor\t: 1\nflags\t\t: {flags}"})
    assert has_avx2(tmp_path, machine) is has

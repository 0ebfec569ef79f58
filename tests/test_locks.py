"""requirements.lock and requirements-dev.lock: what `./setup.sh lock` writes fits the requirements it was made from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
STALE = "run ./setup.sh lock"


def pins(lock: Path) -> dict[str, list[Requirement]]:
    """Name → its pinned requirements; more than one where they differ between Pythons or systems."""
    found: dict[str, list[Requirement]] = {}
    for line in re.findall(r"(?m)^(?![#\s])(.+?)(?: \\)?$", lock.read_text()):
        requirement = Requirement(line)
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def wanted() -> tuple[list[Requirement], list[Requirement]]:
    """What the app requires, and what all its extras do."""
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    return [Requirement(line) for line in lines], [Requirement(line) for lines in extras.values() for line in lines]


def test_locks_fit_the_requirements() -> None:
    """Whatever is required has a version in the lock that satisfies it, the extras' in the developers' lock alone."""
    app, extras = wanted()
    for lock, requirements in zip(LOCKS, (app, [*app, *extras]), strict=True):
        pinned = pins(lock)
        for requirement in requirements:
            found = pinned.get(canonicalize_name(requirement.name), [])
            assert found, f"{requirement.name} is not in {lock.name}: {STALE}"
            for pin in found:
                (version,) = (part.version for part in pin.specifier if part.operator == "==")
                assert requirement.specifier.contains(version, prereleases=True), f"{pin} is not {requirement}: {STALE}"


def test_locks_agree() -> None:
    """The image holds what was tested."""
    app, everything = (pins(lock) for lock in LOCKS)
    assert {name: sorted(map(str, app[name])) for name in app} == {
        name: sorted(map(str, everything[name])) for name in app
    }, STALE


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_have_hashes_and_no_host(lock: Path) -> None:
    """Each version has a hash, and comes from whatever registry its reader uses."""
    text = lock.read_text()
    blocks = re.split(r"(?m)^(?=[^#\s])", text)[1:]
    assert len(blocks) > 50
    assert all(re.search(r"--hash=sha256:[0-9a-f]{64}", block) for block in blocks)
    assert "://" not in text
    assert not re.search(r"(?m)^\s*--(?!hash)", text)

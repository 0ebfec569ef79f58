from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ocr.web.state.workspace import LOCK, PREFIX, Workspace, sweep_dead


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def killed(parent: Path) -> Path:
    """The folder of an app that got SIGKILL while a visitor's file lay there."""
    code = """
import os, signal, tempfile
from ocr.web.state.workspace import Workspace
workspace = Workspace()
(workspace.root / "0.pdf").write_bytes(b"a visitor's")
print(workspace.root, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "TMPDIR": str(parent), "PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=200)
    assert run.returncode == -9, run.stderr
    return Path(run.stdout.strip())


def test_workspace_is_gone_at_the_end(parent: Path) -> None:
    workspace = Workspace()
    (workspace.root / "file").touch()
    workspace.close()
    assert list(parent.iterdir()) == []


def test_workspace_of_a_killed_app_is_swept_by_the_next(parent: Path) -> None:
    """The kernel lets go of a dead owner's lock; no living app's folder is touched."""
    alive = Workspace()
    dead = killed(parent)
    assert (dead / "0.pdf").exists()
    started = Workspace()
    assert not dead.exists()
    assert alive.root.exists()
    alive.close()
    started.close()


def test_workspace_that_is_being_made_stays(parent: Path) -> None:
    """Between its making and its lock; so does a folder that is none of ours."""
    for name in (f"{PREFIX}new", f"{PREFIX}newer", "pagelight-vllm-x"):
        (parent / name).mkdir()
    (parent / f"{PREFIX}newer" / LOCK).touch()
    sweep_dead(parent)
    assert len(list(parent.iterdir())) == 3

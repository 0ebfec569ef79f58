"""child_processes.py: what makes a file does not outlive the run."""

from __future__ import annotations

import pytest

from ocr.export.child_processes import killable, killing_children


def test_child_processes_are_killed_once() -> None:
    """Those that run when the run ends by an exception, and those that begin after it; none of the next run."""
    killed: list[str] = []
    with pytest.raises(KeyboardInterrupt), killing_children():
        with killable(lambda: killed.append("ended")):
            pass
        with killable(lambda: killed.append("running")):
            raise KeyboardInterrupt
    with killable(lambda: killed.append("late")):
        pass
    assert killed == ["late"]
    killed.clear()
    with killing_children(), killable(lambda: killed.append("next")):
        pass
    assert killed == []


def test_child_processes_of_threads() -> None:
    """One that another thread waits for is killed while the run unwinds."""
    killed: list[str] = []
    running = killable(lambda: killed.append("running"))
    with pytest.raises(KeyboardInterrupt), killing_children():
        running.__enter__()  # as a thread does, which leaves the block when its process is dead
        raise KeyboardInterrupt
    running.__exit__(None, None, None)
    assert killed == ["running"]
    with killing_children():
        pass

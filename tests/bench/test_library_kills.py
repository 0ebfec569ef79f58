"""The real page under kill -9; `python -m bench.library_kills` kills at more moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.library_kills import CHUNKS, PAGES, Killing

pytestmark = pytest.mark.anyio
READ = PAGES * (CHUNKS + 1) + 2
"""Steps until a document is read: it is added, its pages arrive and end."""


async def test_library_kills_lose_nothing(tmp_path: Path) -> None:
    """As a page ends, and as a deletion is asked for, after a correction: what the page has shown holds afterwards."""
    killing = Killing(tmp_path)
    moments = []
    for steps in (1 + CHUNKS + 1, 2 * READ + 5):
        moments.append(await killing.kill(steps))
        killing.check()
    killing.check_remains()
    assert moments == ["a page ends", "a deletion is asked for"]

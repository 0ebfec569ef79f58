"""run_processes.py: the processes of a run are there within the block, and gone after it."""

from __future__ import annotations

import pytest

from ocr.errors import EngineFailed
from ocr.library.read_arguments import parse_arguments
from ocr.library.run_processes import opened_processes
from tests.conftest import SAMPLES
from tests.library.test_library import nothing_left

__all__ = ["nothing_left"]
pytestmark = pytest.mark.anyio


async def test_run_processes(nothing_left: None) -> None:
    """The renderer opens documents; without a server's URL the CPU engine is the server."""
    async with opened_processes(parse_arguments({"render_workers": 1})) as (renderer, server):
        document = await renderer.open(SAMPLES / "letter.pdf")
        assert (document.pages, server.embedded, server.url) == (1, True, None)


async def test_run_processes_that_do_not_start(nothing_left: None) -> None:
    """What keeps the CPU engine from starting is raised where the block would begin."""
    with pytest.raises(EngineFailed, match="xxx"):
        async with opened_processes(parse_arguments({"languages": "xxx"})):
            raise AssertionError("it started")

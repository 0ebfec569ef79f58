"""When an answer is given up; what counts as progress is tested with the client, over real sockets."""

from __future__ import annotations

import asyncio

import pytest

from ocr.config.profiles import Timeouts
from ocr.errors import PageTimeout, Silence
from ocr.inference.timeouts import Deadline

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("timeouts", "begun", "error", "option"),
    [
        (Timeouts(silence=600, first_token=0.01), False, Silence, "--first-token-timeout"),
        (Timeouts(silence=0.01, first_token=600), True, Silence, "--timeout"),
        (Timeouts(page=0.01), False, PageTimeout, "--page-timeout"),
        (Timeouts(page=0.01), True, PageTimeout, "--page-timeout"),
    ],
)
async def test_deadlines_name_the_limit(timeouts: Timeouts, begun: bool, error: type[Exception], option: str) -> None:
    """Each limit is told by the option that raises it."""
    deadline = Deadline("http://gpu/v1", timeouts)
    if begun:
        deadline.progress()
    with pytest.raises(error, match=f" {option}"):
        await deadline.within(asyncio.Event().wait())


async def test_deadlines_in_time() -> None:
    deadline = Deadline("http://gpu/v1", Timeouts())
    assert await deadline.within(asyncio.sleep(0, "word")) == "word"

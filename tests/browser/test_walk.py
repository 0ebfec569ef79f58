"""The whole walk with the CPU engine; tests/llamacpp/test_browser.py takes it with a LightOnOCR."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.walk import walk
from tests.web.serving import Served

pytestmark = pytest.mark.anyio


async def test_walk(browser: Browser, app: Served, tmp_path: Path) -> None:
    """Everything that the desk can do, one after the other, in one tab."""
    witness = await walk(browser, app, tmp_path, ("Longest side, px", "1200", "1200 px"))
    assert (witness.outside, witness.complaints) == ([], [])

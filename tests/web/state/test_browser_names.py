from __future__ import annotations

from pathlib import Path

import pytest

from ocr.types import PageId
from ocr.web.state.browser_names import file_url, page_name, parse_page_name, thumbnail_name


@pytest.mark.parametrize("given", [None, "", "0", "a-1", "0-", "-1", "0--1", "0-1-2", "٣" * 30 + "-1", {"page": 1}])
def test_names_page_id_rejects_nonsense(given: object) -> None:
    """What a browser says is anything at all."""
    assert parse_page_name(given) is None
    assert parse_page_name("0-12") == PageId(0, 12)


def test_names_come_back_as_the_page() -> None:
    """What the browser is told of a page is what it says of it."""
    assert parse_page_name(page_name(PageId(3, 14))) == PageId(3, 14)
    assert page_name(None) == ""
    assert thumbnail_name(PageId(0, 3)) == "0-3-small.jpg"


def test_names_of_files_hold_in_an_address() -> None:
    """Relative, so that it holds behind any proxy; what an address cannot hold is escaped."""
    assert file_url(Path("/served/a b.png")) == "gradio_api/file=/served/a%20b.png"

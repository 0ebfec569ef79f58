"""Copying takes what the screen shows, and tells what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ocr.errors import Refused
from ocr.events import PageDone, PageFailed, PageStarted, TextArrived
from ocr.export.clipboard import CopyForm
from ocr.types import Finish, PageId, PageImage
from ocr.web.actions.copy_pages import copied_json, parse_form
from ocr.web.state.session import Session
from tests.web.conftest import result

pytestmark = pytest.mark.anyio

ONE, TWO, THREE = (PageId(0, number) for number in (1, 2, 3))


async def copied(session: Session, page: PageId, *, whole: bool = False) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await copied_json(session, page, CopyForm.RICH, whole=whole))
    return answer


def end(session: Session, page: PageId, text: str, finish: Finish = Finish.STOP) -> None:
    session.apply(PageDone(page, replace(result(finish), number=page.number, markdown=text, raw=text)))


async def test_copy_pages_one(article: Session) -> None:
    end(article, ONE, "One")
    end(article, TWO, "Two")
    answer = await copied(article, TWO)
    assert answer["texts"] == {"text/html": "<p>Two</p>\n", "text/plain": "Two\n"}
    assert (answer["pages"], answer["incomplete"], answer["left_out"]) == (1, 0, 0)


async def test_copy_pages_document_says_what_is_not_read(article: Session) -> None:
    """Pages that were never read have one notice, where they would stand."""
    end(article, ONE, "One")
    answer = await copied(article, ONE, whole=True)
    assert answer["texts"]["text/plain"] == "One\n\n> Pages 2-3 were not read.\n"
    assert (answer["pages"], answer["incomplete"]) == (1, 2)
    end(article, THREE, "Three")
    answer = await copied(article, ONE, whole=True)
    assert answer["texts"]["text/plain"] == "One\n\n> Page 2 was not read.\n\nThree\n"


async def test_copy_pages_partial_and_failed(article: Session) -> None:
    """A page that was cut, one that failed and one that is being read say so; a blank page lacks nothing."""
    end(article, ONE, "Half", Finish.LENGTH)
    failed = replace(result(Finish.FAILED), markdown="", raw="", error="It said no.")
    article.apply(PageFailed(TWO, failed, Refused("It said no.", "Do this.")))
    article.pages[THREE].apply(PageStarted(THREE, PageImage(10, 14, b"", "image/png")))
    article.pages[THREE].apply(TextArrived(THREE, "So", "So"))
    answer = await copied(article, ONE, whole=True)
    text = answer["texts"]["text/plain"]
    assert text.index("token limit") < text.index("Half") < text.index("It said no.") < text.index("being read")
    assert text.endswith("So\n")
    assert (answer["pages"], answer["incomplete"]) == (2, 3)
    end(article, THREE, "")
    assert (await copied(article, ONE, whole=True))["incomplete"] == 2


async def test_copy_pages_nothing_to_copy(article: Session) -> None:
    """Where there is no text at all nothing replaces what the clipboard has."""
    assert await copied(article, ONE, whole=True) == {"texts": {}, "pages": 0, "incomplete": 3, "left_out": 0}


def test_copy_pages_forms() -> None:
    assert parse_form("plain") is CopyForm.PLAIN
    assert [parse_form(given) for given in ("pdf", None, 1, ["rich"])] == [None] * 4

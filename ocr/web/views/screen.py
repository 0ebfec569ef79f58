"""The values of all components for a session: everything that the browser receives."""

from collections import Counter
from typing import Any, NamedTuple

from ocr.engines.offered_server import OfferedServer
from ocr.i18n import gettext, ngettext
from ocr.parsing.figures import PICTURE_LABELS, rule
from ocr.types import PageId
from ocr.web.state.browser_names import file_url, page_name
from ocr.web.state.model_choice import ModelChoice
from ocr.web.state.page_state import ANSWERED, UNFINISHED, PageState, PageStatus
from ocr.web.state.session import Session
from ocr.web.state.session_files import Upload
from ocr.web.views import engine_messages, messages
from ocr.web.views.comparison import compare
from ocr.web.views.document_text import document_text, page_text
from ocr.web.views.editing import editing
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.model_choices import options_in_use
from ocr.web.views.offer import offer
from ocr.web.views.outline_value import outline_value
from ocr.web.views.page_list import strip
from ocr.web.views.page_status import page_status
from ocr.web.views.places import places
from ocr.web.views.run_line import run_line
from ocr.web.views.run_result import run_result, tab_title, takes_long
from ocr.web.views.server_panel import masthead
from ocr.web.views.sheet_editor import edges

REGION_KINDS = {
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

FILE_STATES = (PageStatus.READING, PageStatus.FAILED)
"""States of a page that its file has too, the first one that any page has."""
HITS_LINE = 50
"""Pages with matches in a line: an object for each of 2,000 pages would take 50 kB, and a changed line is sent anew."""

Value = dict[str, Any]


class Screen(NamedTuple):
    """One value for each component, in the order of the layout's outputs."""

    documents: Value
    control: Value
    models: Value
    outline: Value
    strip: Value
    viewer: Value
    page_status: Value
    places: Value
    search: Value
    copy: Value
    text: Value
    document_text: Value
    raw: Value
    compare: Value
    masthead: Value
    offer: Value
    library: Value
    view_bar: Value
    edges: Value


def screen(
    session: Session,
    engine: EngineStatus,
    offered: OfferedServer | None = None,
) -> Screen:
    """Everything that is on the screen now.

    Args:
        session: the visitor's.
        engine: what reads where no model is named.
        offered: what visitors may start, and have perhaps started.
    """
    page = session.pages.get(session.shown) if session.shown else None
    return Screen(
        documents=documents(session),
        control=control(session, engine, changing=offered is not None and not offered.settled),
        models={"models": [_choice(choice) for choice in session.choices]},
        outline=outline_value(session),
        strip=strip(session),
        viewer=viewer(session, page),
        page_status=page_status(session, page, engine),
        places=places(session, page, on_request=engine.public),
        search=search(session),
        copy={"page": page_name(page.page) if page else ""},
        text=page_text(page, session.shown_window) | checked(session, page) | editing(session, page),
        document_text=document_text(session),
        raw={"text": page.raw if page else "", "reading": page is not None and page.status is PageStatus.READING},
        compare=compare(session, page, engine),
        masthead=masthead(session, engine),
        offer=offer(offered, engine.last_page_s),
        library=library(session),
        view_bar={"page": page_name(page.page) if page else "", "update": 0},  # its number is put in by updates.py
        edges=edges(session, page),
    )


def documents(session: Session) -> Value:
    """The files, or what is wrong with them."""
    pages = session.pages_by_document
    return {"busy": session.active, "files": [_file(upload, pages[key]) for key, upload in session.uploads.items()]}


def library(session: Session) -> Value:
    """Which document of the library is shown; its list is fetched by the browser (library_routes.py)."""
    upload = session.uploads.get(session.shown.document) if session.shown else None
    return {
        "ready": session.language is not None,
        "shown": upload.kept.id if upload and upload.kept and not upload.unkept else 0,
        "missing": session.missing,
        "kept": sum(len(one.kept_results) for one in session.uploads.values()),
    }


def _file(upload: Upload, pages: list[PageState]) -> Value:
    problem = upload.problem
    count = len(pages)
    statuses = Counter([page.status for page in pages])
    read = sum(statuses[status] for status in ANSWERED)
    detail = ngettext("{read} of {count} page", "{read} of {count} pages", count, read=read)
    state = next((one for one in FILE_STATES if one in statuses), PageStatus.DONE if read and read == count else None)
    return {
        "key": upload.key,
        "name": upload.name,
        "detail": (detail if 0 < read < count else messages.pages(count))
        if count
        else ("" if problem else gettext("opening…")),
        "state": state.value if state else "",
        "word": messages.STATES[state] if state else "",
        "problem": problem.message if problem else "",
        "next": problem.next_step if problem else "",
        "locked": upload.locked,
        "first": page_name(PageId(upload.key, 1)) if count else "",
    }


def control(session: Session, engine: EngineStatus, *, changing: bool = False) -> Value:
    """The model that reads, Read or Stop, how far the run is, what stands in its way, and what there is to take away.

    `changing`: something else goes on that the tab follows.
    """
    run = session.run
    down = engine.problem or session.server_problem
    problem = down or session.problem
    begun = run is not None and not run.queued
    statuses = session.requested_statuses if begun else Counter[PageStatus]()
    ended = sum(number for status, number in statuses.items() if status not in UNFINISHED)
    left = messages.left(session)
    return {
        "key": session.key if session.language else "",  # events before a reloaded tab's own hello make sessions too
        "busy": session.busy,
        "follows": session.busy or session.tasks.followed or changing or not engine.settled,
        "stopping": bool(session.busy and run and run.stop.is_set()),
        "action": messages.action(session, left),
        "left": left,
        "ready": bool(session.pages) and down is None,
        "share": round(100 * ended / statuses.total()) if statuses else 0,
        "failed": statuses[PageStatus.FAILED] > 0,
        "retry": messages.failed(session),
        "progress": messages.progress(session, run) if run else "",
        "pace": messages.pace(session, run) if run else "",
        "line": run_line(session),
        "problem": problem.message if problem else "",
        "next": problem.next_step if problem else "",
        "unreachable": session.server_problem is not None and engine.state is None,
        "restart": engine.restartable,
        "starting": _waiting(session, engine),
        "queued": bool(run and run.queued),
        "expected": engine_messages.short_name(engine.model.id) if engine.model else "",
        "load": engine_messages.load(engine.load, len(engine.server.urls)) if engine.load and session.busy else "",
        "model": session.preferred,
        "refused": session.refused,
        "result": run_result(session),
        "title": tab_title(session),
        "long": takes_long(session),
        "downloads": [
            {"name": one.name, "format": one.format, "url": file_url(one.path) if one.path else ""}
            for one in session.downloads
        ],
        "downloaded": session.downloaded,
    }


def _choice(choice: ModelChoice) -> Value:
    """Its fields; `dataclasses.asdict` would take a quarter of the time of a whole screen."""
    return {name: getattr(choice, name) for name in ModelChoice.__slots__}


def _waiting(session: Session, engine: EngineStatus) -> str:
    """What there is to know of a server that starts, or that has gone away; empty while it is there."""
    if engine.state and engine.program:
        return "" if engine.settled else engine_messages.starting(engine.program.name, engine.state)
    members = engine.server.serving(options_in_use(session))
    away = {one.outage.name: seconds for one in members if (seconds := one.outage.seconds) is not None}
    names = "" if engine.public else ", ".join(away)
    if away and len(away) == len(members):
        return engine_messages.none_answers(names, min(away.values()))
    return engine_messages.some_do_not_answer(names) if away else ""


def viewer(session: Session, page: PageState | None) -> Value:
    """The page that is shown: its image, its regions, and the way to other pages."""
    if page is None:
        nowhere = dict.fromkeys(("before", "after", "first", "last"), "")
        still = {"turn": 0, "reading": False, "ended": False, "regions": []}
        return {"id": "", "title": "", "image": "", "width": 0, "height": 0, **still, **nowhere}
    upload, picture = session.uploads[page.page.document], session.pictures.get(page.page)
    order = list(session.pages)
    at = order.index(page.page)
    return {
        "id": page_name(page.page),
        "file": upload.name,
        "title": gettext("{name}, page {number}", name=upload.name, number=page.page.number),
        "number": page.page.number,
        "pages": session.document(page.page.document).pages,
        "image": file_url(picture.path) if picture else "",
        "width": picture.image.width if picture else 0,
        "height": picture.image.height if picture else 0,
        "turn": session.turns.on_image(page.page, picture.image.rotation) if picture else 0,
        "reading": page.status is PageStatus.READING,
        "ended": page.status not in UNFINISHED,
        "regions": _regions(page),
        "before": page_name(order[at - 1]) if at else "",
        "after": page_name(order[at + 1]) if at + 1 < len(order) else "",
        "first": page_name(order[0]),
        "last": page_name(order[-1]),
    }


def _regions(page: PageState) -> list[Value]:
    """In the model's order, which is that of the text; with their own text once the page has ended, not before."""
    figures = {file.rpartition("-")[2].partition(".")[0]: path for file, path in page.figures.items()}
    values, pictures = [], 0
    for region in page.regions:
        kind = REGION_KINDS.get(region.label.removesuffix("+").lower(), "other")
        figure = None
        if rule(region.label) in PICTURE_LABELS:
            pictures += 1
            figure = figures.get(str(pictures))
        values.append({
            "label": region.label,
            "kind": kind,
            "box": region.box.as_list(),
            "text": region.text if page.status not in UNFINISHED else "",
            "figure": file_url(figure) if figure else "",
        })  # fmt: skip
    return values


def checked(session: Session, page: PageState | None) -> Value:
    """Where the words of the text stand on the page, as JSON, and the places that differ; empty without a check."""
    places = session.word_places.of(page) if page else None
    if page is None or places is None:
        return {"words": "", "findings": []}
    return {"words": places.value, "findings": [places.finding(place) for place in page.places]}


def search(session: Session) -> Value:
    """What is looked for, how often it was found, and the pages that have it: `0-3:2 0-7:1`, in lines."""
    looked = session.search
    hits = [f"{page_name(page)}:{count}" for page, count in looked.hits.items()]
    return {
        "query": looked.query,
        "found": messages.found(looked),
        "where": gettext("on {pages}", pages=messages.pages(len(hits))),
        "hits": [" ".join(hits[at : at + HITS_LINE]) for at in range(0, len(hits), HITS_LINE)],
        "any": bool(session.pages),
    }

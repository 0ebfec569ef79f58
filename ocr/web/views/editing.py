"""What the browser needs for a paragraph to be typed anew."""

from dataclasses import asdict
from typing import Any

from ocr.web.state.page_state import PageState
from ocr.web.state.session import Session


def editing(session: Session, page: PageState | None) -> dict[str, Any]:
    """Whether the page's text may be changed, the Markdown of its paragraphs if so, and how the latest edit went."""
    ended = page is not None and page.result is not None and not session.reader(page.page)
    sources = [one.markdown.strip() for one in page.text.paragraphs] if page and ended else []
    return {"editable": ended, "sources": sources, "edit": asdict(session.edit), "replace": asdict(session.replacing)}

"""The headings of a document, over HTTP: those of a long one are too many for every update of the screen."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from ocr.web.server.json_route import IsKnown, json_route
from ocr.web.server.routes import OUTLINE
from ocr.web.state.outline import Heading
from ocr.web.state.session_store import Sessions


def outline_route(sessions: Sessions, is_known: IsKnown) -> Route:
    """The route; it takes the session's `key`, a `document`, and the `revision` that the browser has.

    It answers with the latest `revision`, and in `pages` with the number and the headings of each page that has others
    since then: level, index of the paragraph, text.
    """

    async def outline(asked: dict[str, Any]) -> str | None:
        document, revision = asked.get("document"), asked.get("revision")
        session = sessions.find(asked.get("key"))
        if session is None or not isinstance(revision, int) or not isinstance(document, int):
            return None
        session.touch()
        found = session.outline.of(document)
        return await asyncio.to_thread(_json, found.latest, found.since(revision))

    return json_route(OUTLINE, is_known, outline)


def _json(revision: int, pages: Sequence[tuple[int, Sequence[Heading]]]) -> str:
    return json.dumps({"revision": revision, "pages": pages}, ensure_ascii=True, separators=(",", ":"))

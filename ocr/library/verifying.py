"""Open what verifies the pages of a run, where that is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import OpenReader

if TYPE_CHECKING:
    from ocr.grounding.page_verifier import PageVerifier


@asynccontextmanager
async def opened_verifier(
    settings: Settings, renderer: Renderer, opened: OpenReader, processes: int = 1
) -> AsyncIterator[PageVerifier | None]:
    """What compares pages with the words that stand on them, None where none are wanted; closed when the block ends.

    `processes` is the number of those on this machine that do so at the same time.
    """
    if not settings.finds_words:
        yield None
        return
    from ocr.grounding.page_verifier import verifier_of  # loaded only where it is wanted

    async with verifier_of(settings, renderer, by_tesseract=opened.server.embedded, processes=processes) as verifier:
        yield verifier

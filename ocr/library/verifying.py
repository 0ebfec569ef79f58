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
    settings: Settings, renderer: Renderer, opened: OpenReader
) -> AsyncIterator[PageVerifier | None]:
    """What compares pages with the words that stand on them, None where none are wanted; closed when the block ends."""
    if not settings.finds_words:
        yield None
        return
    from ocr.grounding.page_verifier import verifier_of  # loaded only where it is wanted

    async with verifier_of(settings, renderer, by_tesseract=opened.server.embedded) as verifier:
        yield verifier

"""Keep the pages of a run in the library of this machine, for `--library`."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ocr.cli.terminal import Terminal
from ocr.config.read_request import ReadRequest
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_values import EndedPage, KeptDocument, can_be_kept
from ocr.errors import OutputError
from ocr.filenames import printable
from ocr.types import Document, PageResult


class KeptPages:
    """Keeps pages as they end; what stands in the way is said once, and reading goes on."""

    def __init__(self, library: DocumentLibrary, request: ReadRequest, model: str, terminal: Terminal) -> None:
        self._library, self._model, self._terminal = library, model, terminal
        self._request = replace(request, model=model)  # none may be named where there is but one
        self._documents: dict[Path, KeptDocument | None] = {}
        """What was kept of each document; None once it has been deleted."""
        self._tasks: set[asyncio.Future[None]] = set()
        self._told: set[str] = set()

    def keep(self, document: Document, result: PageResult, figures: Mapping[str, Path]) -> None:
        """Keep a page in the library's thread, unless it has no text, or its document took a password."""
        if not can_be_kept(document, result):
            return
        own = {name: path for name, path in figures.items() if name in result.markdown}
        page = EndedPage(result, self._model, self._request, own)
        task = asyncio.ensure_future(self._library.run(self._keep, document, page))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _keep(self, document: Document, page: EndedPage) -> None:
        earlier = self._documents.get(document.path)
        if earlier is None and document.path in self._documents:
            return
        try:
            self._documents[document.path] = self._library.keep(document, page, earlier)
        except OutputError as error:
            self._tell(f"Not kept in the library: {error}")
        if notice := self._library.notices.text:
            self._tell(notice)
            self._library.notices.clear()

    def _tell(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._terminal.note(printable(text))

    async def close(self) -> None:
        """Wait until all pages have been kept, and close the library."""
        await asyncio.gather(*self._tasks)
        await asyncio.to_thread(self._library.close)

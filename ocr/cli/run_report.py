"""Report the documents of a run, and write each one's results when its last page has ended."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ocr.cli.document_totals import DocumentTotals
from ocr.cli.given_files import GivenFile
from ocr.cli.kept_pages import KeptPages
from ocr.cli.output_errors import explained_writing
from ocr.cli.terminal import Terminal
from ocr.cli.verified_words import percent
from ocr.config.settings import Settings
from ocr.document_store.document_library import DocumentLibrary
from ocr.document_store.library_size import MEGABYTE
from ocr.documents.page_ranges import page_ranges
from ocr.errors import NotVerified, OcrError, OutputError
from ocr.events import DocumentFailed, DocumentOpened, FigureCut, PageDone, PageFailed, PageStarted, ReadEvent
from ocr.export import Folders, Format, PackedPages, Results, write_figure, write_results
from ocr.filenames import printable
from ocr.i18n import gettext
from ocr.types import Document, Finish, PageResult


@dataclass(slots=True)
class _OpenDocument:
    """A document on its way: which folder it gets, and what is known of its pages."""

    path: str
    """What it is called in messages."""
    document: Document
    folder: Path
    missing: set[int]
    """Page numbers whose end has not come yet."""
    results: PackedPages = field(default_factory=PackedPages)
    totals: DocumentTotals = field(default_factory=DocumentTotals)
    figures: dict[str, Path] = field(default_factory=dict)
    """Name in the Markdown → where it was written."""


class RunReport:
    """The documents of one run: written as soon as their last page has ended."""

    def __init__(
        self,
        settings: Settings,
        files: Sequence[GivenFile],
        server: tuple[str | None, str],
        terminal: Terminal,
    ) -> None:
        """`server` is its address, None for the CPU engine, and the model that reads."""
        folder = settings.library_folder
        self._kept = (
            KeptPages(DocumentLibrary(folder, settings.library_mb * MEGABYTE), settings.request, server[1], terminal)
            if folder
            else None
        )
        self.exit_code = 0
        self._settings, self._files, self._server, self._terminal = settings, files, server, terminal
        self._folders = Folders(settings.out)
        self._writers: list[asyncio.Task[None]] = []
        self._writers_turn = asyncio.Lock()
        self._open: dict[int, _OpenDocument] = {}
        self._pages = self._ended = self._failed = self._unread = self._cached = self._tokens = 0
        self._arrived = 0  # documents that were opened, or could not be
        self._complained: set[tuple[str, str]] = set()
        self._warned = False  # that another model answers than the one asked for
        self._unverified: set[str] = set()  # why pages were not checked, as far as that was said

    async def written(self) -> None:
        """Wait until all documents are written, and kept in the library, whose pages have ended.

        How many were not even opened is said.
        """
        await asyncio.gather(*self._writers)
        if self._kept:
            await self._kept.close()
        if self._unread and (unopened := len(self._files) - self._arrived):
            documents = f"{unopened} more documents were" if unopened > 1 else "1 more document was"
            self._terminal.note(f"{documents} not opened.")

    async def take(self, event: ReadEvent) -> None:
        """Count, report and collect what happened; figures are written as they come."""
        match event:
            case DocumentFailed(index=index, error=error):
                self._arrived += 1
                self._blame(self._files[index].shown, error)
            case DocumentOpened(index=index, document=document, pages=pages):
                self._arrived += 1
                file = self._files[index]
                folder = self._folders.claim(Path(file.shown).name, file.below)
                self._open[index] = _OpenDocument(file.shown, document, folder, set(pages))
                self._pages += len(pages)
            case PageStarted():
                self._show()
            case FigureCut(page=page, name=name, image=image):
                opened = self._open[page.document]
                with self._writing(opened):
                    opened.figures[name] = await asyncio.to_thread(write_figure, opened.folder, name, image.data)
            case PageDone() | PageFailed():
                self._end(event)

    def _end(self, event: PageDone | PageFailed) -> None:
        """A page has ended; with the last one its document is written."""
        opened, result = self._open[event.page.document], event.result
        opened.results.add(result)
        opened.totals.add(result)
        if self._kept:
            self._kept.keep(opened.document, result, opened.figures)
        opened.missing.discard(event.page.number)
        self._ended += 1
        if result.answered_by and not self._warned:
            self._warned = True
            self._terminal.note(f"The server reports that another model answered: {result.answered_by}.")
        if result.cached:
            self._cached += 1  # no tokens of this run
        else:
            self._tokens += result.tokens
        if result.finish is Finish.UNREAD and isinstance(event, PageFailed):
            self._unread += 1
            self._blame("", event.error)  # once for all pages
        elif isinstance(event, PageFailed):
            self._failed += 1
            self._blame(opened.path, event.error, event.page.number)
        if self._settings.verifies:
            self._note_unverified(opened, result)
        self._show()
        if not opened.missing:
            self._writers.append(asyncio.create_task(self._write(self._open.pop(event.page.document))))

    def _show(self) -> None:
        self._terminal.show(
            pages=self._pages, ended=self._ended, failed=self._failed, tokens=self._tokens, cached=self._cached
        )

    async def _write(self, ended: _OpenDocument) -> None:
        """Write a document, after those before it; in a thread, since pandoc may take minutes, and pages go on.

        Nothing is written of one of which no page was read: what an earlier run has written stays.
        """
        if ended.totals.ends[Finish.UNREAD] == ended.totals.pages:
            return
        self._note_missing_fonts(ended)
        results = Results(ended.document, *self._server, ended.results, ended.figures)
        written: list[Path] = []
        async with self._writers_turn:
            for form in map(Format, self._settings.formats):
                with self._writing(ended):
                    written += await asyncio.to_thread(write_results, ended.folder, results, [form])
        if written:
            try:
                self._terminal.tell(written[0], ended.totals.summary(verified=self._settings.verifies))
            except OutputError as error:
                self._blame("", error)
        self._require(ended)

    def _require(self, ended: _OpenDocument) -> None:
        """Complain where fewer words were found than asked for; a page that was not compared counts as not found."""
        if (required := self._settings.require) is None:
            return
        words = ended.totals.words
        if words.unchecked:
            pages = page_ranges(words.unchecked)
            why = gettext("Pages {pages} of {name} could not be checked.", pages=pages, name=printable(ended.path))
        elif words.share < required:
            found, asked = percent(words.share), percent(required)
            why = gettext(
                "{found} of the words of {name} were found; --require asks for {asked}.",
                found=found, name=printable(ended.path), asked=asked,
            )  # fmt: skip
        else:
            return
        self._blame(ended.path, NotVerified(why, "Look at the places in result.json (check), or read the pages again."))

    def _note_unverified(self, opened: _OpenDocument, result: PageResult) -> None:
        """Say once for each reason why pages could not be checked, with the first of them."""
        check = result.check
        if check and check.source is None and check.note not in self._unverified:
            self._unverified.add(check.note)
            self._terminal.note(f"{printable(opened.path)}, page {result.number}: not checked. {check.note}")

    def _note_missing_fonts(self, ended: _OpenDocument) -> None:
        """Say once for a document on which of its pages letters may be missing, and in which fonts."""
        if not ended.totals.missing_fonts:
            return
        fonts = ", ".join(sorted(ended.totals.missing_fonts))
        pages = page_ranges(ended.totals.lacking_fonts)
        self._terminal.note(
            f"{printable(ended.path)}: letters may be missing on pages {pages}, in fonts that are neither in the file "
            f"nor on this machine ({printable(fonts)}). Save the PDF with its fonts embedded, or install them here "
            "(in a checkout ./setup.sh run installs the common ones)."
        )

    @contextmanager
    def _writing(self, opened: _OpenDocument) -> Iterator[None]:
        try:
            with explained_writing(opened.folder):
                yield
        except OcrError as error:
            self._blame(opened.path, error)

    def _blame(self, path: str, error: OcrError, page: int | None = None) -> None:
        self.exit_code = max(self.exit_code, error.exit_code)
        what = path if page is None else f"{path}, page {page}"
        if (what, str(error)) not in self._complained:  # once, where it keeps each format from being written
            self._complained.add((what, str(error)))
            self._terminal.complain("" if printable(path) in error.message else what, error)

"""What becomes of the pages of a task: rows, but for those that a server did not read, and how many there are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from ocr.batch.figure_files import FigureFiles
from ocr.batch.journal import Journal
from ocr.batch.page_faults import Fault, UnexplainedFailures, fault_of, reads_sample
from ocr.batch.prefetch import LeftDocument
from ocr.batch.rows import ReadBy, document_row, page_row
from ocr.documents.renderer import Renderer
from ocr.engines.open_reader import OpenReader
from ocr.errors import OcrError, ServerUnavailable
from ocr.events import DocumentFailed, DocumentOpened, FigureCut, PageDone, PageFailed, ReadEvent
from ocr.parsing.figures import figure_names
from ocr.types import Document, Finish, PageId


class PagesUnread(ServerUnavailable):
    """The server did not read some pages of a task that it may read later."""


@dataclass(slots=True)
class Tally:
    """What has come of the pages of one task or of several, in this run."""

    pages: int = 0
    """Of the documents that were opened."""
    done: int = 0
    """Pages that have ended with a row."""
    failed: int = 0
    """Of them those with an error."""
    blank: int = 0
    tokens: int = 0
    unopened: int = 0
    """Documents that cannot be opened."""
    doubtful: int = 0
    """Verified pages with places to look at."""
    unread: int = 0
    """Pages that have no row, by the server's fault: a rerun reads them."""

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + others for mine, others in zip(astuple(self), astuple(other), strict=True)))


@dataclass(slots=True, eq=False)
class TaskProgress:
    """How far a task is."""

    tally: Tally = field(default_factory=Tally)
    opened: bool = False
    """Whether the server has answered, so that pages are read."""
    changed: Callable[[Tally], object] = lambda _: None
    """Called after each page."""
    tell: Callable[[str], object] = lambda _: None
    """Called with what a user should know."""


class TaskRows:
    """Makes rows of what happens to a task's pages, and decides whose fault it is where one fails."""

    def __init__(
        self,
        left: Sequence[LeftDocument],
        journal: Journal,
        figures: FigureFiles | None,
        renderer: Renderer,
        opened: OpenReader,
        progress: TaskProgress,
    ) -> None:
        self._left, self._journal, self._renderer, self._reader = left, journal, renderer, opened
        self._figures = figures
        self._cut: dict[PageId, dict[str, bytes]] = {}
        """Figures of the pages that have not ended, by their names in the Markdown."""
        self._read_by = ReadBy.of(opened.options)
        self._progress, self._tally = progress, progress.tally
        self._documents: dict[int, tuple[Document, int]] = {}  # with the number of pages that have not ended
        self._unexplained = UnexplainedFailures()
        self._unread: OcrError | None = None
        """Why some pages have no row."""

    async def take(self, event: ReadEvent) -> None:
        """Make a row of it, if it is the end of a page or of a document that cannot be opened.

        Raises:
            OcrError: no page can be read, or no row be written, from here on.
        """
        match event:
            case DocumentOpened(index=index, document=document, pages=pages):
                self._tally.pages += len(pages)
                if pages:
                    self._documents[index] = (document, len(pages))
            case DocumentFailed(index=index, error=error):
                await self._document_failed(index, error)
            case FigureCut(page=page, name=name, image=image) if self._figures:
                self._cut.setdefault(page, {})[name] = image.data
            case PageDone() | PageFailed():
                await self._page_ended(event)
                self._progress.changed(self._tally)

    async def _document_failed(self, index: int, error: OcrError) -> None:
        if fault_of(error) is Fault.FATAL:
            raise error
        self._tally.unopened += 1
        await self._journal.add(document_row(self._left[index].entry, error, self._read_by))

    async def _page_ended(self, event: PageDone | PageFailed) -> None:
        cut = self._cut.pop(event.page, {})
        document, pages_left = self._documents.pop(event.page.document)
        if pages_left > 1:
            self._documents[event.page.document] = document, pages_left - 1
        if event.result.finish is Finish.CANCELLED:
            return
        entry, figures = self._left[event.page.document].entry, await self._written_figures(event.result.markdown, cut)
        row = page_row(entry, document, event.result, self._read_by, figures)
        if isinstance(event, PageDone):
            self._tally.blank += event.result.blank
            if event.result.attempts:
                await self._explain()
            await self._add(row)
            return
        match fault_of(event.error):
            case Fault.PAGES:
                await self._add(row)
            case Fault.UNEXPLAINED:
                if self._unexplained.add(row, event.error):
                    await self._try_server()
            case Fault.SERVERS:
                self._tally.unread += 1
                self._unread = event.error
            case Fault.FATAL:
                raise event.error

    async def _written_figures(self, markdown: str, cut: Mapping[str, bytes]) -> dict[str, str]:
        """The files of the figures that a page's text refers to; those of attempts that were dropped are left out."""
        names = [name for name in figure_names(markdown) if name in cut]
        return {name: await self._figures.add(name, cut[name]) for name in names} if self._figures else {}

    async def _add(self, row: dict[str, Any]) -> None:
        self._tally.done += 1
        self._tally.doubtful += row["check"] is not None and not all(one["weak"] for one in row["check"]["findings"])
        self._tally.failed += row["finish"] == Finish.FAILED
        self._tally.tokens += row["tokens"]
        await self._journal.add(row)

    async def _explain(self) -> None:
        """The server reads pages: what failed before is the pages' own fault."""
        for row in self._unexplained.explained():
            await self._add(row)

    async def _try_server(self) -> None:
        """Find out whether the server reads any page at all.

        Raises:
            ServerUnavailable: it does not.
        """
        error = self._unexplained.error
        assert error
        if not await reads_sample(self._renderer, self._reader):
            raise ServerUnavailable(
                f"The server reads no page any more: {error.message}",
                "See to the server, then run the same command again: what has been read stays.",
            ) from error
        await self._explain()

    async def finish(self) -> None:
        """Decide on the pages that failed last.

        Raises:
            OcrError: some pages have no row.
        """
        if self._unexplained.error:
            await self._try_server()
        if self._unread:
            raise PagesUnread(
                f"{self._tally.unread} pages were not read. {self._unread.message}",
                "Run the same command again: what has been read stays.",
            )

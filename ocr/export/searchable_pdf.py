"""Searchable PDFs: the document's own pages with the text that was read invisible behind them.

They are put together in a process of their own: the document is a visitor's, and PDF libraries can be made to hang.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ocr.errors import OutputError
from ocr.export.child_processes import killable
from ocr.export.placed_page import PlacedPage
from ocr.export.placed_words import placed_page
from ocr.export.results import Results
from ocr.extras import require
from ocr.i18n import gettext
from ocr.types import Document
from ocr.workers.memory_limit import limit_memory
from ocr.workers.worker_process import WorkerDied, WorkerError, WorkerProcess

PDF_TIMEOUT_S = 600.0
"""Time limit for a document; a thousand pages take about a minute."""
MAX_MEMORY_BYTES = 4 * 1024**3
"""Address space of the process that writes; a picture of 200 million pixels with transparency takes the most."""
CHUNK_BYTES = 1 << 20


def document_pdf(results: Results) -> Iterator[bytes]:
    """The document, or the pages that were read, with what was read; a page that has a text of its own keeps that.

    Raises:
        MissingExtra: the packages of the extra `pdf` are not installed.
        OSError: the document's file, or a temporary one, cannot be read or written.
        OutputError: the file cannot be made.
    """
    require("pdf", gettext("A searchable PDF"), gettext("Or choose other formats."))
    pages = [placed_page(page) for page in results.pages]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "document.pdf"
        worker = WorkerProcess(load_writer, (MAX_MEMORY_BYTES,))
        try:
            with killable(worker.close):
                arguments = (results.document, pages, target, results.whole_document)
                worker.call(worker.start(), PDF_TIMEOUT_S, write_in_worker, arguments)
        except (MemoryError, WorkerError) as error:
            scarce = isinstance(error, MemoryError) or (isinstance(error, WorkerDied) and error.out_of_memory)
            reason = gettext("it needs too much memory") if scarce else str(error)
            raise OutputError(
                gettext("The searchable PDF could not be made: {reason}.", reason=reason),
                "Choose another format, or fewer pages.",
            ) from error
        finally:
            worker.discard()
        with target.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def load_writer(max_memory_bytes: int) -> None:
    """Load the packages, outside the time limit, then bound the memory; a worker runs this."""
    import ocr.export.pdf_writer  # noqa: F401

    limit_memory(max_memory_bytes)


def write_in_worker(document: Document, pages: Sequence[PlacedPage], target: Path, whole: bool) -> None:
    """What a worker runs; here, since the writer's module needs packages that this program may lack."""
    from ocr.export.pdf_writer import write_searchable

    write_searchable(document, pages, target, whole=whole)

"""The pictures of a command line as the pages of one document, for `--one-document`."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ocr.cli.given_files import GivenFile
from ocr.cli.output_errors import explained_writing
from ocr.documents.join_pictures import join_pictures
from ocr.documents.renderer import Renderer
from ocr.interrupts import sigterm_as_interrupt


@contextmanager
def one_document(
    files: Sequence[GivenFile], out: Path, renderer: Renderer, note: Callable[[str], None]
) -> Iterator[GivenFile]:
    """One document whose pages are these pictures, in a temporary folder in `out`; a file alone is one as it is.

    That they are joined, and how they are ordered, is told by `note`.

    Raises:
        OcrError: one of them is no picture or cannot be read, or the document is too large or cannot be written.
    """
    if len(files) == 1:
        yield files[0]
        return
    note(f"Joining {len(files)} pictures into one document.")  # takes up to a second for each
    with sigterm_as_interrupt(), ExitStack() as stack:
        with explained_writing(out):
            temporary = TemporaryDirectory(dir=out, prefix=".pictures-", ignore_cleanup_errors=True)
            target = Path(stack.enter_context(temporary), "joined.tiff")
            joined = asyncio.run(join_pictures([(file.path, file.shown) for file in files], target, renderer))
        order = "when they were taken" if joined.by_time else "their names, since not all of them say when taken"
        note(f"{joined.name} has {joined.pages} pages, ordered by {order}.")
        yield GivenFile(target, name=joined.name)

"""Join photographs that a visitor added together into one document."""

import secrets
from collections.abc import Sequence
from pathlib import Path

from ocr.documents.join_pictures import join_pictures
from ocr.documents.renderer import Renderer
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.state.disk import report_write_errors
from ocr.web.state.session import Session


async def join_photos(session: Session, files: Sequence[IncomingFile], renderer: Renderer) -> IncomingFile:
    """One file with a page for each photograph, as `join_pictures` has it; those it is made of are discarded with it.

    Raises:
        OcrError: one of them is no picture or cannot be read, or there is no room for the file. All stay as they were.
    """
    target = session.private / f"joined-{secrets.token_hex(8)}.tiff"
    try:
        with report_write_errors(files[0].name):
            joined = await join_pictures([(given.path, given.name) for given in files], target, renderer)
            session.storage.claim(target, target.stat().st_size)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    session.storage.forget(target)  # there is room; it is counted under the name by which it is taken in

    def discard(path: str) -> None:
        Path(path).unlink(missing_ok=True)
        for given in files:
            if given.discard:
                given.discard(str(given.path))

    return IncomingFile(joined.name, target, discard)

"""Join photographs that a visitor added together into one document."""

import re
import secrets
from collections.abc import Sequence
from pathlib import Path

from ocr.documents.renderer import Renderer
from ocr.types import Document
from ocr.web.actions.add_documents import IncomingFile
from ocr.web.state.disk import report_write_errors
from ocr.web.state.session import Session


async def join_photos(session: Session, files: Sequence[IncomingFile], renderer: Renderer) -> IncomingFile:
    """One file with a page for each photograph; the files that it was made of are discarded with it.

    The pages are in the order in which the photographs were taken, where all of them say when, else by their names.

    Raises:
        OcrError: one of them is no picture or cannot be read, or there is no room for the file. All stay as they were.
    """
    found: list[tuple[str, Document]] = []
    for given in files:
        document = await renderer.open(given.path, name=given.name)
        found.append((await renderer.time_taken(document), document))
    dated = all(taken for taken, _ in found)
    found.sort(key=lambda one: (one[0] if dated else "", natural_key(one[1].name)))
    first = Path(found[0][1].name).stem
    target = session.private / f"joined-{secrets.token_hex(8)}.tiff"
    try:
        with report_write_errors(first):
            for _, document in found:
                await renderer.append_photos(document, target)
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

    return IncomingFile(f"{first} +{len(found) - 1}.tiff", target, discard)


def natural_key(name: str) -> list[tuple[int, str]]:
    """By which names are sorted as people count: `photo 2` before `photo 10`."""
    parts = re.split(r"(\d+)", name.casefold())
    return [(int(part), "") if part.isdecimal() and len(part) < 20 else (-1, part) for part in parts]

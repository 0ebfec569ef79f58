"""Results to take away: two files for one document, and a zip where there are figures; one zip for several."""

from __future__ import annotations

import asyncio
import secrets
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ocr.export import Folders, write_results
from ocr.page import Document, PageResult
from ocr.ui.session import Download, Session


@dataclass(frozen=True, slots=True)
class Read:
    """What has been read of a document."""

    document: Document
    pages: list[PageResult]
    figures: dict[str, Path]
    """Name in the Markdown → file."""


async def write_downloads(session: Session, server_url: str) -> None:
    """Write what has been read so far; the session's downloads are then exactly what is on the screen."""
    read: list[Read] = []
    for upload in session.uploads.values():
        pages = [page for page in session.pages.values() if page.page.document == upload.key and page.result]
        if upload.document and pages:
            figures = {name: path for page in pages for name, path in page.figures.items()}
            read.append(Read(upload.document, [page.result for page in pages if page.result], figures))
    model = session.run.model if session.run else ""
    folder = session.public / secrets.token_hex(4)  # a new name each time: browsers keep what they fetched
    session.downloads = await asyncio.to_thread(_write, folder, read, server_url, model) if read else ()


def _write(folder: Path, read: list[Read], server_url: str, model: str) -> tuple[Download, ...]:
    folders = Folders(folder)
    files: list[tuple[Path, str]] = []  # what is taken away, and its name in a zip
    for one in read:
        target = folder if len(read) == 1 else folders.claim(one.document.name)
        place = target.relative_to(folder)
        written = write_results(target, one.document, server_url, model, one.pages)
        files += [(path, str(path.relative_to(folder))) for path in written]
        files += [(path, str(place / name)) for name, path in one.figures.items()]
    single = [Download(name, path) for path, name in files[:2]] if len(read) == 1 else []
    zipped = [_zip(folder / "results.zip", files)] if len(read) > 1 or read[0].figures else []
    return (*single, *zipped)


def _zip(archive: Path, files: Iterable[tuple[Path, str]]) -> Download:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path, name in files:
            file.write(path, name)
    return Download(archive.name, archive)

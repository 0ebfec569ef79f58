"""Results to take away: two files for one document, one zip for several."""

from __future__ import annotations

import asyncio
import secrets
import zipfile
from pathlib import Path

from ocr.export import Folders, write_results
from ocr.page import Document, PageResult
from ocr.ui.session import Download, Session

Result = tuple[Document, list[PageResult]]


async def write_downloads(session: Session, server_url: str) -> None:
    """Write what has been read so far; the session's downloads are then exactly what is on the screen."""
    read: list[Result] = []
    for upload in session.uploads.values():
        pages = [page.result for page in session.pages.values() if page.page.document == upload.key and page.result]
        if upload.document and pages:
            read.append((upload.document, pages))
    model = session.run.model if session.run else ""
    folder = session.public / secrets.token_hex(4)  # a new name each time: browsers keep what they fetched
    session.downloads = await asyncio.to_thread(_write, folder, read, server_url, model) if read else ()


def _write(folder: Path, read: list[Result], server_url: str, model: str) -> tuple[Download, ...]:
    folders = Folders(folder)
    paths: list[Path] = []
    for document, pages in read:
        target = folder if len(read) == 1 else folders.claim(document.name)
        paths += write_results(target, document, server_url, model, pages)
    if len(read) == 1:
        return tuple(Download(path.name, path) for path in paths)
    archive = folder / "results.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in paths:
            file.write(path, path.relative_to(folder))
    return (Download(archive.name, archive),)

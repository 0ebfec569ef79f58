"""Results to take away: Markdown and JSON as soon as there are any, other formats when they are asked for."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ocr.errors import OcrError, UsageError, confined
from ocr.export import ZIPPED, Format, Results, can_write_word, check_formats, write_results, write_zip
from ocr.page import PageId
from ocr.ui.disk import writing
from ocr.ui.session import Download, Session
from ocr.wording import say

READY = (Format.MARKDOWN, Format.JSON)
"""Written at each run's end; they cost nothing."""
MENU = {
    Format.MARKDOWN: "Markdown",
    Format.JSON: "JSON",
    Format.HTML: say("HTML, one file"),
    Format.TEXT: say("Plain text"),
    Format.WORD: "Word",
    Format.ZIP: say("Zip with figures"),
}
"""What the download menu offers."""


def menu() -> list[dict[str, str | bool]]:
    """The download menu; Word is there, but cannot be chosen, where there is no pandoc."""
    return [
        {"format": form.value, "label": label, "ready": form is not Format.WORD or can_write_word()}
        for form, label in MENU.items()
    ]


async def write_downloads(session: Session, server_url: str) -> None:
    """Write what has been read so far; the session's downloads are then exactly what is on the screen.

    What stands in the way becomes the session's problem.
    """
    read = _read(session, server_url)
    written: tuple[Download, ...] = ()
    if read:
        with _told(session, "document.md"), _folder(session) as folder:
            written = await asyncio.to_thread(_write, folder, read)
    session.downloads = written


async def take(session: Session, server_url: str, form: str, page: PageId | None) -> None:
    """Write what has been read in one format, or one page of it; it becomes one more of the session's downloads.

    What stands in the way becomes the session's problem.
    """
    read = _read(session, server_url, page)
    if form not in set(Format) or not read:
        session.problem = UsageError("There is nothing to download yet.", "Read a page first.")
        return
    stem = f"page-{page.number}" if page else "document"
    session.problem = None
    with _told(session, f"{stem}.{form}"), _folder(session) as folder:
        check_formats([form])
        download = await asyncio.to_thread(_write_one, folder, read, Format(form), stem)
        session.downloads = (*(one for one in session.downloads if one.name != download.name), download)


@contextmanager
def _told(session: Session, name: str) -> Iterator[None]:
    """Make the session's problem of what keeps this file from being written."""
    try:
        with confined(), writing(name):
            yield
    except OcrError as error:
        session.problem = error


@contextmanager
def _folder(session: Session) -> Iterator[Path]:
    """For files of one making; its name is new each time, for browsers keep what they fetched. Gone if that fails."""
    folder = session.public / secrets.token_hex(4)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _read(session: Session, server_url: str, only: PageId | None = None) -> list[Results]:
    """What has been read of each document, or of one page of one."""
    read: list[Results] = []
    model = session.run.model if session.run else ""
    for upload in session.uploads.values():
        pages = [page for page in session.pages.values() if page.page.document == upload.key]
        kept = [page.kept for page in pages if only in (None, page.page) and page.kept]
        if upload.document and kept:
            figures = {name: path for _, cut in kept for name, path in cut.items()}
            results = [result for result, _ in kept]
            read.append(Results(upload.document, server_url, model, results, figures))
    return read


def _write(folder: Path, read: list[Results]) -> tuple[Download, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    single = write_results(folder, read[0], READY) if len(read) == 1 else []
    zipped = [folder / "results.zip"] if len(read) > 1 or read[0].figures else []
    for path in zipped:
        write_zip(path, read, READY)
    return tuple(Download(path.name, path) for path in (*single, *zipped))


def _write_one(folder: Path, read: list[Results], form: Format, stem: str) -> Download:
    folder.mkdir(parents=True, exist_ok=True)
    if len(read) == 1:
        (path,) = write_results(folder, read[0], [form], stem)
    else:
        path = folder / ("results.zip" if form is Format.ZIP else f"{form}.zip")
        write_zip(path, read, ZIPPED if form is Format.ZIP else [form])
    return Download(path.name, path)

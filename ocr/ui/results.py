"""Results to take away: Markdown and JSON as soon as there are any, other formats when they are asked for."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from ocr.errors import OcrError, OutputError, UsageError
from ocr.export import ZIPPED, Format, Results, can_write_word, check_formats, write_results, write_zip
from ocr.page import PageId
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
    """Write what has been read so far; the session's downloads are then exactly what is on the screen."""
    read = _read(session, server_url)
    session.downloads = await asyncio.to_thread(_write, _folder(session), read) if read else ()


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
    try:
        check_formats([form])
        download = await asyncio.to_thread(_write_one, _folder(session), read, Format(form), stem)
    except OSError as error:
        session.problem = OutputError(
            say("{file} cannot be written: {reason}.", file=f"{stem}.{form}", reason=error.strerror), "Try again later."
        )
    except OcrError as error:
        session.problem = error
    else:
        session.downloads = (*(one for one in session.downloads if one.name != download.name), download)


def _folder(session: Session) -> Path:
    return session.public / secrets.token_hex(4)  # a new name each time: browsers keep what they fetched


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

"""The same reading as a tool for language models: `read_document`, over MCP, by Gradio's own server of it."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from urllib.parse import unquote

import gradio as gr
from gradio.events import api

from ocr.errors import UsageError
from ocr.export import Results, document_markdown, notice
from ocr.extras import require
from ocr.i18n import gettext
from ocr.web.actions.add_documents import Given, arrived
from ocr.web.api.api_request import Programs

NAME = "read_document"
UPLOADED = "/gradio_api/file="
"""What stands before an uploaded file's path in the address that `gradio upload-mcp` makes of it."""


def check() -> None:
    """Make sure that what `--mcp` needs is here.

    Raises:
        MissingExtra: it is not.
    """
    require("mcp", gettext("--mcp"))


def offer(programs: Programs) -> None:
    """Make the tool; called while the screen is laid out."""

    async def read_document(file: str, pages: str = "", model: str = "") -> str:
        """Read a PDF, a scan or a photo of a document (PNG, JPEG, WebP, TIFF, BMP, GIF, HEIC, AVIF, JPEG 2000); return
        its text as Markdown, each page after a comment with its number. Ask for some 20 pages at a time; the first line
        says how many there are. Other addresses than those of uploaded files are not fetched.

        Args:
            file: The address that the tool upload_file_to_gradio gave for the file, or the file itself as a data URL
                (data:application/pdf;base64,…).
            pages: A page range, as 1,3-5,8-; all if empty.
            model: One of the server's models; its first if empty.
        """  # noqa: D205 - the whole is what the model is told
        with given(file, programs) as document:
            async with aclosing(programs.read(document, programs.request(pages=pages, model=model))) as going:
                async for progress in going:
                    if progress.outcome:
                        return answer(progress.outcome)
        raise RuntimeError("a call ended without an outcome")

    api(read_document, api_name=NAME, queue=False)


def alone(desk: gr.Blocks) -> None:
    """Leave the tool as the only one: Gradio makes one of every endpoint, and `/read` answers in pieces."""
    if desk.mcp_server_obj:
        names: dict[str, str] = desk.mcp_server_obj.tool_to_endpoint
        for name in [name for name, endpoint in names.items() if endpoint != f"/{NAME}"]:
            del names[name]


@contextmanager
def given(file: object, programs: Programs) -> Iterator[Given | None]:
    """The file that a model names: a data URL's bytes, or one that was uploaded here; None for any other.

    Raises:
        UsageError: the data URL is none.
    """
    text = file if isinstance(file, str) else ""
    if not text.startswith("data:"):
        uploaded = unquote(text.partition(UPLOADED)[2])
        named = next(iter(arrived([{"upload": uploaded}], programs.uploaded)), None)
        programs.uploaded.renew(uploaded)  # a model asks for some pages at a time
        yield replace(named, discard=None) if named else None
        return
    path = programs.sessions.private / secrets.token_urlsafe(24)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(_decoded(text))
        yield Given("document", path)
    finally:
        path.unlink(missing_ok=True)


def _decoded(url: str) -> bytes:
    head, _, body = url.partition(",")
    try:
        return base64.b64decode(body if head.endswith(";base64") else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(
            "This is no data URL.", "Write data:application/pdf;base64, and the file in Base64."
        ) from error


def answer(read: Results) -> str:
    """What a model is told: how many pages there are, what is wrong with some, and their text."""
    count = read.document.pages
    lines = [
        f"{read.document.name} has {count} page{'' if count == 1 else 's'}; {read.model} has read {len(read.pages)}."
    ]
    lines += [said for page in read.pages if (said := notice(page))]
    return "\n".join(lines) + "\n\n" + "".join(document_markdown(read.pages))

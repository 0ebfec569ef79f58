"""`read_document` as an MCP tool for language models, on Gradio's MCP server."""

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
from ocr.web.actions.add_documents import IncomingFile, uploaded_file
from ocr.web.actions.runner import Runner
from ocr.web.api import api_request
from ocr.web.state.session_store import Sessions

TOOL_NAME = "read_document"
UPLOAD_URL_PREFIX = "/gradio_api/file="
"""What stands before an uploaded file's path in the address that `gradio upload-mcp` makes of it."""


def check_installed() -> None:
    """Make sure that what `--mcp` needs is here.

    Raises:
        MissingExtra: it is not.
    """
    require("mcp", gettext("--mcp"))


def register_tool(runner: Runner) -> None:
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
        request = api_request.parse_request(runner.settings.request, pages=pages, model=model)
        with open_named_file(file, runner.sessions) as document:
            async with aclosing(api_request.read_document(runner, document, request)) as updates:
                async for progress in updates:
                    if progress.outcome:
                        return tool_answer(progress.outcome)
        raise RuntimeError("a call ended without an outcome")

    api(read_document, api_name=TOOL_NAME, queue=False)


def remove_other_tools(blocks: gr.Blocks) -> None:
    """Leave the tool as the only one: Gradio makes one of every endpoint, and `/read` answers in pieces."""
    if blocks.mcp_server_obj:
        names: dict[str, str] = blocks.mcp_server_obj.tool_to_endpoint
        for name in [name for name, endpoint in names.items() if endpoint != f"/{TOOL_NAME}"]:
            del names[name]


@contextmanager
def open_named_file(file: object, sessions: Sessions) -> Iterator[IncomingFile | None]:
    """The file that a model names: a data URL's bytes, or one that was uploaded here; None for any other.

    Raises:
        UsageError: the data URL is none.
    """
    text = file if isinstance(file, str) else ""
    if not text.startswith("data:"):
        path_text = unquote(text.partition(UPLOAD_URL_PREFIX)[2])
        named = uploaded_file(path_text, None, sessions.uploads)
        sessions.uploads.renew(path_text)  # a model asks for some pages at a time
        yield replace(named, discard=None) if named else None
        return
    path = sessions.private / secrets.token_urlsafe(24)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.write_bytes(_decoded(text))
        yield IncomingFile("document", path)
    finally:
        path.unlink(missing_ok=True)


def _decoded(url: str) -> bytes:
    head, _, body = url.partition(",")
    try:
        return base64.b64decode(body if head.endswith(";base64") else "?", validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(
            "This is not a data URL.", "Use data:application/pdf;base64, followed by the file in Base64."
        ) from error


def tool_answer(read: Results) -> str:
    """What a model is told: how many pages there are, what is wrong with some, and their text."""
    count = read.document.pages
    lines = [
        f"{read.document.name} has {count} page{'' if count == 1 else 's'}; {read.model} has read {len(read.pages)}."
    ]
    lines += [said for page in read.pages if (said := notice(page))]
    return "\n".join(lines) + "\n\n" + "".join(document_markdown(read.pages))

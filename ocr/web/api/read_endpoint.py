"""The endpoint `/read` for programs (`gradio_client`), typed and streamed."""

import inspect
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypedDict

import gradio as gr
from gradio.events import api

from ocr.errors import OcrError
from ocr.export import page_value, result_value
from ocr.web.actions.add_documents import uploaded_file
from ocr.web.actions.runner import Runner
from ocr.web.api.api_request import Progress, parse_request, read_document

MAX_CALLS = 64
"""Calls under way at once, over all programs; the others wait in line. Each holds a document and its texts."""


class Update(TypedDict):
    """What has happened since the update before; each piece of text is sent once, and the whole at the end."""

    done: int
    """Pages that have ended."""
    total: int
    """Pages to be read."""
    text: dict[str, str]
    """Page number → Markdown that has arrived; provisional, the page's end brings the final one."""
    again: list[int]
    """Pages that are asked for again: their text so far is void."""
    pages: dict[str, dict[str, Any]]
    """Page number → what result.json has of it, for each page that has ended."""
    result: dict[str, Any]
    """In the last update all that result.json holds; empty before."""


def register_endpoint(runner: Runner) -> None:
    """Make the endpoint; called while the screen is laid out."""

    async def read(  # noqa: PLR0913, D417 - `request` is Gradio's, and no part of the endpoint
        file: gr.FileData,
        pages: str = "",
        model: str = "",
        temperature: float | None = None,
        rotation: int = 0,
        password: str = "",
        request: gr.Request | None = None,
    ) -> AsyncGenerator[Update, None]:
        """Read a PDF or an image page by page into Markdown; updates stream, the last one holds the whole result.

        Args:
            file: The document, uploaded to this server (`handle_file` does that); addresses are not fetched.
            pages: A page range, as 1,3-5,8-; all if empty.
            model: One of the server's models; its first if empty.
            temperature: From 0 to 2; else the model's own.
            rotation: Degrees clockwise by which pages are turned: 0, 90, 180 or 270.
            password: Opens an encrypted PDF.

        Returns:
            How far it is, and what has arrived since the update before; at last the result.
        """
        try:
            wanted = parse_request(
                runner.settings.request,
                pages=pages, model=model, temperature=temperature, rotation=rotation, password=password,
            )  # fmt: skip
            sent: dict[str, Any] = file if isinstance(file, dict) else {}
            document = uploaded_file(sent.get("path"), sent.get("orig_name"), runner.sessions.uploads)
            address = request.client.host if request and request.client else ""
            with runner.sessions.visitors.reads.counted(address):
                async with aclosing(read_document(runner, document, wanted)) as updates:
                    async for progress in updates:
                        yield update(progress)
        except OcrError as error:
            raise gr.Error(str(error), print_exception=False) from error

    # Gradio takes the type of what is sent from here; that it is sent by and by it sees for itself.
    setattr(read, "__signature__", inspect.signature(read).replace(return_annotation=Update))  # noqa: B010
    api(read, api_name="read", concurrency_limit=MAX_CALLS)


def update(progress: Progress) -> Update:
    """What has happened since the last update.

    Pages and texts go by their numbers: Gradio sends the difference of two updates, and two pages' would be far longer
    than the page.
    """
    outcome = progress.outcome
    made = Update(
        done=len(progress.results),
        total=progress.total,
        text={str(number): text for number, text in progress.text.items()},
        again=sorted(progress.again),
        pages={str(page.number): page_value(page) for page in progress.ended},
        result=result_value(outcome.document, outcome.server_url, outcome.model, outcome.pages) if outcome else {},
    )
    progress.clear_changes()
    return made

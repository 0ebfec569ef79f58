"""Gradio's `Blocks`, as the page needs it: lean updates, correct edits, and nothing left of a tab that is gone."""

import asyncio
from collections.abc import Sequence
from functools import reduce
from operator import getitem
from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState
from gradio.utils import LRUCache

from ocr.web.actions.page_checks import PageChecks
from ocr.web.actions.session_library import SessionLibrary
from ocr.web.server.web_server import WebServer
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.session_store import Sessions

FORGET_DELAY_S = 60.0
"""Seconds after which a tab that has not come back is forgotten: events of its that still go on find its queue."""

Edit = list[Any]
"""`[operation, path, value]`, as Gradio's `diff` makes them; the browser applies them in their order."""


class PageBlocks(gr.Blocks):
    """The page, and the sessions of its visitors."""

    sessions: Sessions
    answer_caches: AnswerCaches
    checks: PageChecks
    library: SessionLibrary | None
    web: WebServer

    async def postprocess_data(
        self, block_fn: BlockFunction, predictions: Any, state: SessionState | None
    ) -> list[Any]:
        """The outputs of a handler as they are sent.

        The values of our components are JSON already and name no files to be copied. For each of them Gradio goes
        through a thread and twice through the whole value, for each that is to stay as it is (`gr.skip()`) it makes the
        component anew; and it keeps the last values sent, for links that we do not offer.
        """
        outputs = block_fn.outputs
        if not outputs or not all(isinstance(block, gr.HTML) for block in outputs):
            return await super().postprocess_data(block_fn, predictions, state)
        values = [predictions] if len(outputs) == 1 else list(predictions)
        self.validate_outputs(block_fn, values)
        return [None if value is gr.components._Keywords.FINISHED_ITERATING else value for value in values]

    def handle_streaming_diffs(
        self,
        block_fn: BlockFunction,
        data: list[Any],
        session_hash: str | None,
        run: str | None,
        final: bool,
        simple_format: bool = False,
    ) -> list[Any]:
        """Turn an update's values into edits of the values before, which Gradio gets wrong where lists get shorter."""
        whole = session_hash is None or run is None or run not in self.pending_diff_streams[session_hash]
        values = list(data)
        data = super().handle_streaming_diffs(block_fn, data, session_hash, run, final, simple_format)
        if not (whole or final or simple_format):
            for edits, value in zip(data, values, strict=True):
                correct_deletions(edits, value)
        return data

    async def disconnect_tab(self, request: gr.Request) -> None:
        """A tab is gone, for now or for good."""
        self.sessions.leave(request.session_hash)
        asyncio.get_running_loop().call_later(FORGET_DELAY_S, self.forget_tab, request.session_hash or "")

    def forget_tab(self, tab: str) -> None:
        """Drop what Gradio has of a tab that did not come back; by itself it waits until hundreds of others have come.

        That is its copy of the page's layout, which holds the last values sent to the tab, and the tab's queue.
        """
        if tab in self.sessions:
            return
        state, queue = self.state_holder, self._queue
        for records in (
            state.session_data, state.time_last_used, queue.pending_messages_per_session,
            queue.pending_event_ids_session, self.pending_diff_streams,
        ):  # fmt: skip
            records.pop(tab, None)


def correct_deletions(edits: Sequence[Edit], new: Any) -> None:
    """Let each deletion remove the element behind the last that stays; `new` is the value that the edits lead to.

    Gradio 6.31 counts deletions in a list once more for every list around it. The browser then removes elements that
    stay, and keeps some that go.
    """
    for operation, path, _ in edits:
        if operation == "delete" and isinstance(path[-1], int):
            path[-1] = len(reduce(getitem, path[:-1], new))


class LRUMessages(LRUCache[Any, Any]):
    """Gradio's own, which forgets what was made first, be it in use or not: here a tab's unread messages."""

    def __getitem__(self, key: Any) -> Any:
        """Look a value up, which counts as use."""
        value = super().__getitem__(key)
        self.move_to_end(key)
        return value

"""Gradio's `Blocks`, as our screen needs it: values go out as they are, and edits of them are right."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState
from gradio.utils import LRUCache

from ocr.web.gradio_edits import correct_deletions
from ocr.web.server.web_server import WebServer
from ocr.web.state.answer_caches import AnswerCaches
from ocr.web.state.session_store import Sessions


class Desk(gr.Blocks):
    """The screen, and the sessions that live on it."""

    sessions: Sessions
    answer_caches: AnswerCaches
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


class LRUMessages(LRUCache[Any, Any]):
    """Gradio's own, which forgets what was made first, be it in use or not: here a tab's unread messages."""

    def __getitem__(self, key: Any) -> Any:
        """Look a value up, which counts as use."""
        value = super().__getitem__(key)
        self.move_to_end(key)
        return value

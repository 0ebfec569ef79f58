"""Parse a streamed chat completion: its text, its end, and its errors. No I/O."""

import json
from collections.abc import Iterator

from ocr import errors
from ocr.encodable_text import encodable
from ocr.events import Delta, Finished
from ocr.i18n import gettext
from ocr.inference.http_errors import error_text
from ocr.inference.sse import SSEDecoder
from ocr.types import Finish

FINISH_REASONS = {"stop": Finish.STOP, "length": Finish.LENGTH, "repetition": Finish.REPETITION}
"""The finish reasons a page can end with; vLLM's `repetition` answers `repetition_detection`."""

MAX_EVENT_BYTES = 512 * 1024
"""Of one event; a dense page sent as a single one, each character escaped, has some 200 kB."""

MAX_TOKENS_PER_CHAR = 4
"""At most: a character that the model knows no token for is written byte by byte."""

MAX_TEXT_CHARS = 500_000
"""Of one page; the largest context, 18,000 tokens, holds some 90,000 characters of prose."""


class ChatStream:
    """Folds the bytes of one answer; however they are split, the text is the same."""

    def __init__(self, url: str) -> None:
        """Nothing has arrived; `url` is the server's, for messages."""
        self.done = False
        """Whether the server has said that nothing more comes."""
        self._url = url
        self._events = SSEDecoder()
        self._finish: str | None = None
        self._tokens: int | None = None
        self._chars = 0
        self._model: str | None = None
        self._written = 0  # tokens, by the server's running count; else the chunks that brought text

    def feed(self, data: bytes) -> Iterator[Delta]:
        """The text that these bytes bring, in one piece, and before anything that is wrong with what follows it.

        Raises:
            StreamError: the server says that it broke off, or an event is no chunk of an answer.
            AnswerTooLong: more text than any page has.
        """
        texts: list[str] = []
        before = self._written
        try:
            for event in self._events.feed(data):
                if event == b"[DONE]":
                    self.done = True
                else:
                    self._take(event, texts)
            if self._events.buffered_bytes > MAX_EVENT_BYTES:
                raise self._no_chunk(bytes(self._events.unfinished))
        finally:
            if texts:
                yield Delta(encodable("".join(texts)), self._written - before)

    @property
    def whole(self) -> bool:
        """Whether the server has said how the page ended: what becomes of the connection then takes nothing from it."""
        return self._finish in FINISH_REASONS

    def finished(self, *models: str | None) -> Finished:
        """The end, after the last byte; `models` are the names of the one asked for.

        Raises:
            StreamCut: the server has not said that it is one.
            StreamError: it is none that a page can end with.
        """
        if self._finish in FINISH_REASONS:
            other = None if self._model in models else self._model
            return Finished(FINISH_REASONS[self._finish], self._tokens, answered_by=other)
        if self._finish is None or self._finish == "abort":
            raise errors.StreamCut("The server's answer ended before the page did.", "Read the page again.")
        ended = gettext("The server ended the page with '{reason}'.", reason=error_text(self._finish))
        raise errors.StreamError(ended, "Read the page again.")

    def _take(self, event: bytes, texts: list[str]) -> None:
        try:
            chunk = json.loads(event)
            if error := chunk.get("error"):
                broken = gettext("The server reported an error while it answered: {said}.", said=error_text(error))
                raise errors.StreamError(broken, "Read the page again, or check the server's log.")
            if usage := chunk.get("usage"):
                self._tokens = _count(usage.get("completion_tokens"))
            if isinstance(model := chunk.get("model"), str):
                self._model = encodable(model)
            for choice in chunk.get("choices") or ():
                if text := (choice.get("delta") or {}).get("content"):
                    texts.append("" + text)
                    self._chars += len(text)
                    least, most = self._written + 1, self._written + MAX_TOKENS_PER_CHAR * len(text)
                    self._written = min(max(least, self._tokens or 0), most)
                if reason := choice.get("finish_reason"):
                    self._finish = "" + reason
        except (ValueError, TypeError, AttributeError, RecursionError) as cause:  # no JSON, or of another shape
            raise self._no_chunk(event) from cause
        if self._chars > MAX_TEXT_CHARS:
            raise errors.AnswerTooLong(
                gettext("{url} sent more than {count:,} characters for one page.", url=self._url, count=MAX_TEXT_CHARS),
                "Check which model it serves.",
            )

    def _no_chunk(self, event: bytes) -> errors.StreamError:
        line = event[:80].decode(errors="replace")
        sent = gettext("{url} sent an invalid line: {line}.", url=self._url, line=repr(line))
        return errors.StreamError(sent, "Read the page again.")


def _count(tokens: object) -> int | None:
    """Tokens, if that is a number of them; `true` is an int too, and no page has as many as no database holds."""
    return tokens if type(tokens) is int and 0 <= tokens < 2**63 else None

"""Ask a server to read one page; stream its answer."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import TracebackType
from typing import Any, Self

import httpx

from ocr import errors
from ocr.faults import error_text, explained, not_an_api, status_error
from ocr.page import Delta, Finish, Finished, PageImage
from ocr.profiles import Model, ReadOptions
from ocr.sse import event_data
from ocr.wording import say

CONNECT_SECONDS = 10.0
"""A host that has not accepted a connection by then is called unreachable."""

FINISHES = {"stop": Finish.STOP, "length": Finish.LENGTH, "repetition": Finish.REPETITION}
"""The finish reasons a page can end with; vLLM's `repetition` answers `repetition_detection`."""


REFUSED = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
"""What a server answers that minds a field it does not know."""

REPETITION = {"min_pattern_size": 16, "max_pattern_size": 32, "min_count": 24}
"""What vLLM is to end as a loop, in tokens: 24 times the same 16 to 32; shorter patterns are parts of these. vLLM tries
each size after each token of each page, so there are few; longer patterns are seen by `ocr.repetition`."""


class Client:
    """A server of the OpenAI API, and the connections to it."""

    def __init__(
        self,
        server_url: str,
        api_key: str | None = None,
        *,
        silence: float = 120.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Connect on first use.

        Args:
            server_url: the base of its API, as `http://host:8000/v1`.
            api_key: sent as bearer token.
            silence: seconds without a byte after which a request is given up.
            transport: stands in for the network in tests.

        Raises:
            UsageError: if `server_url` is not a URL.
        """
        url = _url(server_url)
        self.url = server_url
        self._silence = silence
        self._detects = True  # vLLM does since 0.17; a server that refuses the question is not asked it again
        self._http = httpx.AsyncClient(
            headers={"authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(silence, connect=min(CONNECT_SECONDS, silence), pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
            trust_env=url.host not in {"127.0.0.1", "localhost", "::1"},  # no proxy stands between us and this machine
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        """Return the client itself; connections are made on first use."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def models(self) -> tuple[Model, ...]:
        """The models the server has.

        Raises:
            ServerError: one of its kinds.
        """
        with explained(self.url, self._silence):
            response = await self._http.get(f"{self.url}/models")
        if response.status_code != httpx.codes.OK:
            raise status_error(self.url, response)
        try:
            listed = [_model(entry) for entry in response.json()["data"]]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise not_an_api(self.url, say("its /models is not a list of models")) from error
        if not listed:
            nothing = say("{url} serves no model.", url=self.url)
            raise errors.UnknownModel(nothing, "Wait until it has loaded one, then try again.")
        return tuple(listed)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        """Stream the answer to one page; the last item is `Finished`.

        Raises:
            ServerError: one of its kinds; what was yielded before it stands.
        """
        finish: str | None = None
        tokens: int | None = None
        with explained(self.url, self._silence):
            async with self._answer(image, options) as events:
                async for data in events:  # to the stream's end, so that the connection can serve again
                    if data == b"[DONE]":
                        continue
                    chunk = self._chunk(data)
                    if usage := chunk.get("usage"):
                        tokens = usage.get("completion_tokens")
                    for choice in chunk.get("choices") or ():
                        if text := (choice.get("delta") or {}).get("content"):
                            yield Delta(text if text.isascii() else _well_formed(text))
                        finish = choice.get("finish_reason") or finish
        yield Finished(self._finish(finish), tokens)

    @asynccontextmanager
    async def _answer(self, image: PageImage, options: ReadOptions) -> AsyncIterator[AsyncIterator[bytes]]:
        detect = self._detects
        async with self._stream(request_body(image, options, detect=detect)) as response:
            if response.status_code == httpx.codes.OK:
                kind = response.headers.get("content-type", "")
                if not kind.startswith("text/event-stream"):
                    raise not_an_api(self.url, say("its answer is not an event stream"))
                yield event_data(response.aiter_bytes())
                return
            await response.aread()
        if detect and response.status_code in REFUSED and "repetition_detection" in response.text:
            self._detects = False
            async with self._answer(image, options) as events:
                yield events
            return
        raise await self._with_models(status_error(self.url, response), options.model)

    def _stream(self, body: bytes) -> AbstractAsyncContextManager[httpx.Response]:
        return self._http.stream(
            "POST",
            f"{self.url}/chat/completions",
            content=body,
            headers={"content-type": "application/json", "accept": "text/event-stream"},
        )

    async def _with_models(self, error: errors.ServerError, asked: str) -> errors.ServerError:
        if not isinstance(error, errors.UnknownModel):
            return error
        try:
            served = ", ".join(model.id for model in await self.models())
        except errors.ServerError:
            return error
        return errors.UnknownModel(
            say("{url} has no model '{model}'.", url=self.url, model=asked),
            say("It serves: {served}. Choose one of these.", served=served),
        )

    def _chunk(self, data: bytes) -> dict[str, Any]:
        try:
            chunk = json.loads(data)
        except ValueError:
            chunk = None
        if not isinstance(chunk, dict):
            line = data[:80].decode(errors="replace")
            raise errors.StreamError(
                say("{url} sent a line that is no chunk: {line}.", url=self.url, line=repr(line)),
                "Read the page again.",
            )
        if "error" in chunk:
            raise errors.StreamError(
                say("The server broke off: {said}.", said=error_text(chunk["error"])),
                "Read the page again, or look at its log.",
            )
        return chunk

    def _finish(self, reason: str | None) -> Finish:
        if reason in FINISHES:
            return FINISHES[reason]
        if reason is None or reason == "abort":
            raise errors.StreamCut("The server's answer ended before the page did.", "Read the page again.")
        raise errors.StreamError(
            say("The server ended the page with '{reason}'.", reason=reason), "Read the page again."
        )


def request_body(image: PageImage, options: ReadOptions, *, detect: bool = True) -> bytes:
    """One user message with one image and, in layout mode, the family's one word; JSON in bytes.

    `detect` asks the server to end an answer that loops.
    """
    url = f"data:{image.media_type};base64,{base64.b64encode(image.data).decode('ascii')}"
    content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}}]
    if options.prompt:
        content.append({"type": "text", "text": options.prompt})
    body: dict[str, Any] = {
        "model": options.model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": options.max_tokens(image.width, image.height),
        "temperature": options.temperature,
        "top_p": options.top_p,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if detect:
        body["repetition_detection"] = REPETITION
    if options.thinking is not None:
        body["chat_template_kwargs"] = {"enable_thinking": options.thinking}
    return json.dumps(body).encode()


def _well_formed(text: str) -> str:
    """The text with `?` for half a surrogate pair, which JSON can carry and no file or browser takes."""
    return text.encode("utf-8", "replace").decode()


def _model(entry: dict[str, Any]) -> Model:
    limit = entry.get("max_model_len")
    return Model(str(entry["id"]), entry.get("root"), limit if isinstance(limit, int) else None)


def _url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        values = {"text": text, "reason": str(error)}
        raise errors.UsageError(
            say("'{text}' is not a URL: {reason}.", **values), "Write http://host:port/v1."
        ) from error
    if not url.host:
        raise errors.UsageError(
            say("'{text}' is not a URL: it names no host.", text=text), "Write http://host:port/v1."
        )
    return url

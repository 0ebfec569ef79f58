"""Request one page from a server and stream its answer."""

import asyncio
import base64
import io
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Self

import aiohttp

from ocr import errors
from ocr.config.profiles import LLAMA_OWNER, TIMEOUTS, Model, ReadOptions, Timeouts
from ocr.events import Delta, Finished
from ocr.i18n import gettext
from ocr.inference.chat_stream import ChatStream
from ocr.inference.http import (
    MAX_ERROR_BYTES,
    MAX_LIST_BYTES,
    Reused,
    check_url,
    connections,
    is_encoded,
    text_of,
    trust,
    without_credentials,
)
from ocr.inference.http_errors import explained, not_an_api, status_error
from ocr.inference.model_list import listed_models, slots_of
from ocr.inference.timeouts import Deadline
from ocr.types import PageImage

FIELD_REFUSED_STATUSES = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
"""What a server answers that minds a field it does not know."""

REPETITION_DETECTION = {"min_pattern_size": 16, "max_pattern_size": 32, "min_count": 24}
"""What vLLM is to end as a loop, in tokens: 24 times the same 16 to 32; shorter patterns are parts of these. vLLM tries
each size after each token of each page, so there are few; longer patterns are seen by `ocr.pipeline.repetition`."""

DRAIN_TIMEOUT_S = 1.0
"""Seconds to wait for a stream's end after its last event; it mostly comes with that. One that does not costs a new
connection."""

HEALTH_TIMEOUT_S = 5.0
"""For an answer to the question whether a server is there."""

SLICE_BYTES = 16 * 1024
"""Of a stream, handled between two turns of the event loop: what one read brings may hold thousands of events."""


class Client:
    """A server of the OpenAI API, and the connections to it, which are open while somebody asks."""

    def __init__(
        self, server_url: str, api_key: str | None = None, timeouts: Timeouts = TIMEOUTS, *, stream_interval: int = 1
    ) -> None:
        """Connect to nothing yet; `server_url` is the base of the API, as `http://host:8000/v1`.

        `stream_interval` is how many tokens the server is asked to send in one event.

        Raises:
            UsageError: if `server_url` is not a URL, or holds a user while there is a key.
        """
        check_url(server_url, api_key)
        trust(server_url)  # now, for it would hold up the event loop later
        self.url = without_credentials(server_url)
        """Without the user and password that may stand in it."""
        self._address, self._timeouts, self._api_key = server_url, timeouts, api_key
        self._silence = timeouts.silence
        self._interval = stream_interval
        self._accepted = {"repetition_detection", "stream_interval"}  # vLLM does; what a server refuses is left out
        self._http: aiohttp.ClientSession | None = None
        self._users = 0  # those for whom it is open

    async def __aenter__(self) -> Self:
        """Keep connections open from one request to the next, where requests do not overlap anyway."""
        if self._http is None:
            self._http = connections(self._address, self._silence, self._api_key)
        self._users += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close them, unless somebody still uses them."""
        self._users -= 1
        if self._http and not self._users:
            http, self._http = self._http, None
            await http.close()

    async def models(self) -> tuple[Model, ...]:
        """The models the server has."""
        with explained(self.url, self._silence):
            async with asyncio.timeout(2 * self._silence), self:
                status, headers, said = await self._get(f"{self.url}/models")
                if status != HTTPStatus.OK:
                    raise status_error(self.url, status, headers, said)
                try:
                    entries = json.loads(said)["data"]
                    listed = dict.fromkeys(model for entry in entries for model in listed_models(entry))
                except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                    raise not_an_api(self.url, gettext("/models does not return a list of models")) from error
                if not listed:
                    nothing = gettext("{url} serves no model.", url=self.url)
                    raise errors.NoModelListed(nothing, "Wait until it has loaded a model, then try again.")
                if all(model.owned_by == LLAMA_OWNER for model in listed):
                    *_, props = await self._get(re.sub(r"/v\d+$", "", self.url) + "/props")
                    return tuple(replace(model, slots=slots_of(props)) for model in listed)
        return tuple(listed)

    async def _get(self, address: str) -> tuple[int, Mapping[str, str], str]:
        """The status, the headers and the text of what is at an address of the server."""
        assert self._http
        async with self._http.get(address, allow_redirects=False) as response:
            return response.status, response.headers, await text_of(response, MAX_LIST_BYTES)

    async def answers(self) -> bool:
        """Whether the server is there: by its `/health`, or where there is none by its models."""
        status = 0
        async with self:
            assert self._http
            for address in (re.sub(r"/v\d+$", "", self.url) + "/health", f"{self.url}/models"):
                try:
                    async with (
                        asyncio.timeout(HEALTH_TIMEOUT_S),
                        self._http.get(address, allow_redirects=False) as answer,
                    ):
                        status = answer.status
                except (aiohttp.ClientError, OSError):  # a time-out is an OSError too
                    return False
                if status < HTTPStatus.MULTIPLE_CHOICES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                    break
        refuses = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
        return status < HTTPStatus.MULTIPLE_CHOICES or status in refuses

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream the answer to one page; the last item is `Finished`.

        Raises:
            ServerError: one of its kinds; what was yielded before it stands.
        """
        answer, deadline = ChatStream(self.url), Deadline(self.url, self._timeouts)
        try:
            with explained(self.url, self._silence):
                async with self, self._answer(image, options, deadline) as stream:
                    while not answer.done and (data := await deadline.within(stream.readany())):
                        for start in range(0, len(data), SLICE_BYTES):
                            if start:
                                await asyncio.sleep(0)
                            for delta in answer.feed(data[start : start + SLICE_BYTES]):
                                deadline.progress()
                                yield delta
                    if answer.done:
                        await _drain(stream)
        except (errors.StreamCut, errors.Silence, errors.PageTimeout):
            if not answer.whole:
                raise
        yield answer.finished(options.model, options.root)

    @asynccontextmanager
    async def _answer(
        self, image: PageImage, options: ReadOptions, deadline: Deadline
    ) -> AsyncIterator[aiohttp.StreamReader]:
        # vLLM's limit is lower than a form's rows
        detect = "repetition_detection" in self._accepted and not options.allow_equal_rows
        interval = self._interval if "stream_interval" in self._accepted else 1
        # Nothing here holds the body, which is larger than the image, while its answer streams.
        asked = self._ask(request_body(image, options, detect=detect, stream_interval=interval))
        async with await deadline.within(asked) as response:
            if response.status == HTTPStatus.OK:
                if response.content_type != "text/event-stream":
                    raise not_an_api(self.url, gettext("its answer is not an event stream"))
                if is_encoded(response):
                    raise not_an_api(
                        self.url, gettext("its answer is compressed, although compression was not accepted")
                    )
                yield response.content
                return
            async with asyncio.timeout(self._silence):
                said = await text_of(response, MAX_ERROR_BYTES)
        refused = {name for name in self._accepted if name in said.replace("continuous_usage_stats", "stream_interval")}
        if refused and response.status in FIELD_REFUSED_STATUSES:
            self._accepted -= refused
            async with self._answer(image, options, deadline) as stream:
                yield stream
            return
        raise await self._with_models(status_error(self.url, response.status, response.headers, said), options.model)

    async def _ask(self, body: bytes) -> aiohttp.ClientResponse:
        """The response's head; the caller bounds the wait for it and for its body.

        A connection that served before may be closed by now: llama-server closes each after a stream, unannounced.
        """
        while True:
            reused = Reused()
            try:
                return await self._post(body, reused)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
                if not reused:
                    raise

    async def _post(self, body: bytes, reused: Reused) -> aiohttp.ClientResponse:
        assert self._http
        return await self._http.post(
            f"{self.url}/chat/completions",
            data=io.BytesIO(body),
            headers={"content-type": "application/json", "accept": "text/event-stream"},
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._http.timeout.sock_connect),
            trace_request_ctx=reused,
        )

    async def _with_models(self, error: errors.ServerError, asked: str) -> errors.ServerError:
        if not isinstance(error, errors.UnknownModel):
            return error
        try:
            served = ", ".join(model.id for model in await self.models())
        except errors.ServerError:
            return error
        return errors.UnknownModel(
            gettext("{url} has no model '{model}'.", url=self.url, model=asked),
            gettext("It serves: {served}. Choose one of these.", served=served),
        )


async def _drain(stream: aiohttp.StreamReader) -> None:
    """Wait, not for long, for the end of a stream that has said its last word: its connection can then serve again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_TIMEOUT_S):
            async for _ in stream.iter_any():
                pass


def request_body(image: PageImage, options: ReadOptions, *, detect: bool = True, stream_interval: int = 1) -> bytes:
    """One user message with one image and, in layout mode, the family's one word; JSON in bytes.

    `detect` asks the server to end an answer that loops, `stream_interval` to send so many tokens in one event.
    """
    content: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,\0"}}]
    if options.prompt:
        content.append({"type": "text", "text": options.prompt})
    body: dict[str, Any] = {
        "messages": [{"role": "user", "content": content}],
        "model": options.model,
        "max_tokens": options.max_tokens(image.width, image.height),
        "temperature": options.temperature,
        "top_p": options.top_p,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if stream_interval > 1:
        body["stream_interval"] = stream_interval
        body["stream_options"]["continuous_usage_stats"] = True  # a bundle does not tell its number of tokens
    if detect:
        body["repetition_detection"] = REPETITION_DETECTION
    if options.thinking is not None:
        body["chat_template_kwargs"] = {"enable_thinking": options.thinking}
    before, _, after = json.dumps(body).partition("\\u0000")  # the image needs no escaping
    return b"".join((before.encode(), base64.b64encode(image.data), after.encode()))

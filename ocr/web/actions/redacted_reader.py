"""Hide the model server's address and log from visitors of a public page."""

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from ocr.config.profiles import Model, ReadOptions
from ocr.engines.select import Server
from ocr.errors import EngineFailed, OcrError
from ocr.events import Delta, Finished
from ocr.i18n import Translatable
from ocr.inference.reader import Reader, WrappedReader
from ocr.types import PageImage
from ocr.web.views import engine_messages

ALIAS = "model-server"
"""What stands for the server's host on a public page."""


def anonymized(server: Server) -> Server:
    """The server as a public page and its results name it."""
    if server.url is None:
        return server
    url = f"http://{ALIAS}/v1"
    return replace(server, url=url, alias=url)


class RedactedReader(WrappedReader):
    """The same answers as another reader's; its errors do not name the server, nor why one died here."""

    def __init__(self, reader: Reader, urls: Sequence[str]) -> None:
        """`reader` asks the servers at `urls`."""
        super().__init__(reader)
        self._addresses = [address_pattern(url) for url in urls]

    async def models(self) -> tuple[Model, ...]:
        """The models the server has."""
        with self._redacted_errors():
            return await super().models()

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream one page's answer."""
        with self._redacted_errors():
            async with aclosing(self._reader.read(image, options)) as answer:
                async for item in answer:
                    yield replace(item, server=None) if isinstance(item, Finished) else item

    @contextmanager
    def _redacted_errors(self) -> Iterator[None]:
        try:
            yield
        except EngineFailed as error:
            raise engine_messages.server_down() from error
        except OcrError as error:
            for address in self._addresses:
                error.message = redacted(error.message, address)
                error.next_step = redacted(error.next_step, address)
            raise


def address_pattern(url: str) -> re.Pattern[str]:
    """Matches the server's address in whatever form a message or a server's own words may hold it."""
    parts = urlsplit(url)
    base = url.rstrip("/").removesuffix("/v1")
    forms = {url, base, f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.netloc.rpartition("@")[2]}
    named = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True) if form)
    host = re.escape(parts.hostname or url)
    return re.compile(rf"(?:{named})(?:/v1)?|(?<![\w.-]){host}(?![\w-]|\.\w)", re.IGNORECASE)


def redacted(text: Translatable, address: re.Pattern[str]) -> Translatable:
    """The text with the alias wherever the address was filled in."""
    values = {
        name: redacted(value, address) if isinstance(value, Translatable)
        else address.sub(ALIAS, value) if isinstance(value, str)
        else value
        for name, value in text.values.items()
    }  # fmt: skip
    return Translatable(text.template, text.plural, values)

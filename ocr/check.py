"""Whether a server is fit to read with: asked step by step, as a reader would, and told in words."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ocr.client import Client
from ocr.documents import Renderer
from ocr.errors import OcrError, ServerError, ServerUnavailable
from ocr.faults import explained, status_error
from ocr.page import Delta, Finish, Finished, PageImage
from ocr.pipeline import choose_model
from ocr.profiles import TESSERACT, UNKNOWN, Model, ReadOptions, profile_for, read_options
from ocr.settings import Settings

SAMPLES = Path(__file__).parents[1] / "assets" / "samples"
SAMPLE, TRUTH = SAMPLES / "letter.pdf", SAMPLES / "truth" / "letter-1.txt"

HEALTH_SECONDS = 30.0
"""A server that sleeps may hold the first request while it wakes; then the next is asked."""
POLL_SECONDS = 2.0

APART_SECONDS = 0.001
"""Words that one read of the socket brought lie microseconds apart; those of a model that writes, milliseconds."""
FEW_PIECES = 8
"""With fewer pieces nothing can be said about their way."""

CONTEXT = 4096
"""Tokens: the image of an A4 page is 2145, and its answer wants as many."""

OPEN_DOORS = ("/invocations", "/tokenize")
"""Addresses of vLLM beside `/v1`; its own key does not guard them."""

HELD_BACK = (
    "a proxy on the way holds the words back; pages are read all the same, but a long one may be cut by its time limit"
)

FIT_SHARE = 0.5
"""An answer of which fewer words than this stand on the page was not read from it."""


class Report:
    """The lines told so far."""

    def __init__(self, write: Callable[[str], object]) -> None:
        """`write` takes one line at a time, with its end."""
        self._write = write
        self.doubts: list[str] = []
        """What deserves a look."""

    def good(self, what: str, words: str) -> None:
        """Tell what is as it should be."""
        self._line("ok", what, words)

    def doubt(self, what: str, words: str) -> None:
        """Tell what deserves a look."""
        self.doubts.append(what)
        self._line("!", what, words)

    def failed(self, words: str) -> None:
        """Tell why it is not fit."""
        self._line("FAILED", "verdict", words)

    def _line(self, mark: str, what: str, words: str) -> None:
        self._write(f"{mark:<7} {what:<8} {words}\n")


@dataclass(slots=True)
class Reading:
    """One page read, with the moments of its pieces."""

    text: str = ""
    finish: Finish | None = None
    tokens: int | None = None
    pieces: list[float] = field(default_factory=list)
    """Seconds from the request to each piece of text."""
    seconds: float = 0.0

    @property
    def bursts(self) -> int:
        """How often something arrived."""
        return sum(b - a >= APART_SECONDS for a, b in zip(self.pieces, self.pieces[1:], strict=False)) + 1

    @property
    def buffered(self) -> bool | None:
        """Whether the words came many at once; None where there were too few to tell."""
        return None if len(self.pieces) < FEW_PIECES else self.bursts * 4 < len(self.pieces)


def main(settings: Settings, wait: float, write: Callable[[str], object]) -> int:
    """Check the server of `settings`, waiting for it for `wait` seconds; return the exit code."""
    report = Report(write)
    try:
        return asyncio.run(check(settings, wait, report))
    except OcrError as error:
        report.failed(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130


async def check(settings: Settings, wait: float, report: Report) -> int:
    """Ask one thing after the other and tell what came; return the exit code.

    Raises:
        OcrError: one of its kinds; what it says is the verdict.
    """
    url = settings.server_url or ""
    said = await until_healthy(url, wait, settings.timeout)
    (report.doubt if said.startswith("no ") else report.good)("health", said)
    async with Client(url, settings.api_key, silence=settings.timeout) as client:
        model = choose_model(await client.models(), settings.model)
        _tell_model(model, report)
        _tell_key(await unguarded(url), url, settings.api_key, report)
        reading = await read_sample(client, read_options(model, settings.overrides))
    truth = TRUTH.read_text()
    _tell_page(reading, share_of_words(reading.text, truth), report)
    _tell_stream(reading, model, report)
    if share_of_words(truth, reading.text) < FIT_SHARE:
        report.failed("it answers, but it does not read. Serve a LightOnOCR model, with its own flags.")
        return 1
    looks = f" (look at: {', '.join(report.doubts)})" if report.doubts else ""
    key = " with OCR_API_KEY set" if settings.api_key else ""
    report.good("verdict", f"fit to read with{looks}: python app.py --server-url {url}{key}")
    return 0


async def until_healthy(url: str, wait: float, silence: float) -> str:
    """Ask `/health` until it answers, for at most `wait` seconds; return what to say of it.

    Raises:
        ServerError: one of its kinds, if it has not answered well by then.
    """
    root, began = url.rpartition("/")[0], time.monotonic()
    async with _asker(url, min(silence, HEALTH_SECONDS)) as http:
        while True:
            try:
                with explained(url, min(silence, HEALTH_SECONDS)):
                    response = await http.get(f"{root}/health")
                took = time.monotonic() - began
                if response.is_success:
                    return f"answers after {took:.1f} s"
                if response.status_code in {401, 403, 404, 405} and time.monotonic() - began >= wait:
                    return f"no /health here ({response.status_code}); a server that is not vLLM may lack it"
                raise status_error(url, response)
            except ServerError as error:
                if time.monotonic() - began >= wait or not (error.retryable or _may_wake(error)):
                    raise
            await asyncio.sleep(POLL_SECONDS)


def _may_wake(error: ServerError) -> bool:
    """A proxy knows no server yet (404), or a new name has not reached DNS."""
    return isinstance(error, ServerUnavailable)


async def unguarded(url: str) -> list[str]:
    """The addresses that answer somebody without a key, the API's own first."""
    root = url.rpartition("/")[0]
    found = []
    async with _asker(url, HEALTH_SECONDS) as http:
        for address in (f"{url}/models", *(root + door for door in OPEN_DOORS)):
            try:
                asked = http.get(address) if address.endswith("/models") else http.post(address, json={})
                status = (await asked).status_code
            except httpx.HTTPError:
                continue
            if status in {200, 400, 415, 422}:  # it was let in, whatever it made of an empty request
                found.append(address.removeprefix(root))
    return found


def _asker(url: str, silence: float) -> httpx.AsyncClient:
    local = _on_this_machine(url)
    return httpx.AsyncClient(timeout=httpx.Timeout(silence, connect=10), trust_env=not local, follow_redirects=True)


def _on_this_machine(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


async def read_sample(client: Client, options: ReadOptions) -> Reading:
    """Read the sample letter.

    Raises:
        OcrError: it could not be read.
    """
    with Renderer(workers=1) as renderer:
        image = await renderer.render(await renderer.open(SAMPLE), 1, options.longest_side)
        return await time_reading(client.read(image, options), image)


async def time_reading(answer: AsyncIterator[Delta | Finished], image: PageImage) -> Reading:
    """Follow one answer to its end."""
    reading, began = Reading(), time.monotonic()
    async for item in answer:
        if isinstance(item, Delta):
            reading.pieces.append(time.monotonic() - began)
            reading.text += item.text
        else:
            reading.finish, reading.tokens = item.finish, item.tokens
    reading.seconds = time.monotonic() - began
    return reading


def share_of_words(text: str, truth: str) -> float:
    """How many of the words of `truth` the text holds, 0 to 1; 0 for a truth without words."""
    wanted, have = (set(re.findall(r"\w+", words.lower())) for words in (truth, text))
    return len(wanted & have) / len(wanted) if wanted else 0.0


def _tell_model(model: Model, report: Report) -> None:
    family = profile_for(model)
    if family is UNKNOWN:
        report.doubt("model", f"{model.id}: not the name of a LightOnOCR model; it is asked like LightOnOCR-2")
    elif family is TESSERACT:
        report.doubt("model", f"{model.id}: the CPU engine, not LightOnOCR")
    else:
        report.good("model", f"{model.id} ({family.family})")
    if model.max_model_len is None:
        report.good("context", f"not told; {family.context} tokens are assumed")
    elif model.max_model_len < CONTEXT:
        report.doubt(
            "context", f"{model.max_model_len} tokens hold no full page: serve it with --max-model-len 8192 or more"
        )
    else:
        report.good("context", f"{model.max_model_len} tokens of image and answer")


def _tell_key(doors: list[str], url: str, key: str | None, report: Report) -> None:
    if not doors:
        report.good(
            "key", "asked for everywhere; the one given is right" if key else "nobody without one gets an answer"
        )
    elif _on_this_machine(url):
        report.good("key", f"none is asked for at {', '.join(doors)}; only this machine can ask")
    elif any(door.endswith("/models") for door in doors):
        report.doubt("key", "none is asked for: anybody who knows the address reads at your cost")
    else:
        report.doubt(
            "key", f"asked for by the API, but {', '.join(doors)} answers without: guard it (deploy/keyed.py does)"
        )


def _tell_page(reading: Reading, share: float, report: Report) -> None:
    pace = f", {reading.tokens / reading.seconds:.0f} tokens/s" if reading.tokens and reading.seconds else ""
    first = f"; first words after {reading.pieces[0]:.1f} s" if reading.pieces else ""
    words = f"read in {reading.seconds:.1f} s{pace}{first}; {share:.0%} of its words found"
    if reading.finish is Finish.STOP and share > 0.8:
        report.good("page", words)
    else:
        ended = "" if reading.finish is Finish.STOP else f"; it ended by {reading.finish}"
        report.doubt("page", f"{words}{ended}")


def _tell_stream(reading: Reading, model: Model, report: Report) -> None:
    pieces = f"{len(reading.pieces)} pieces"
    if profile_for(model) is TESSERACT:
        report.good("stream", f"{pieces}; this engine reads a page before it sends it")
    elif reading.buffered is None:
        report.good("stream", f"{pieces}: too few to tell")
    elif reading.buffered:
        report.doubt("stream", f"{pieces} in {reading.bursts} bursts: {HELD_BACK}")
    else:
        report.good("stream", f"{pieces}, each as it was written")

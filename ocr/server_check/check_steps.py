"""What is asked of a server, one thing after the other, to know whether it can read pages."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

import aiohttp

from ocr.config.command_line import invocation
from ocr.config.profiles import read_options
from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.errors import ServerError, TlsFailed
from ocr.events import Delta, Finished
from ocr.i18n import gettext, join
from ocr.inference.client import Client
from ocr.inference.http import MAX_ERROR_BYTES, check_url, connections, text_of, without_credentials
from ocr.inference.http_errors import explained, status_error
from ocr.inference.model_list import served_model
from ocr.sample_files import SAMPLES_FOLDER
from ocr.server_check.check_report import (
    Report,
    TimedAnswer,
    report_engine,
    report_key,
    report_model,
    report_page,
    report_stream,
    word_recall,
)

SAMPLE, TRUTH = SAMPLES_FOLDER / "letter.pdf", SAMPLES_FOLDER / "truth" / "letter-1.txt"

HEALTH_TIMEOUT_S = 30.0
"""A server that sleeps may hold the first request while it wakes; then the next is asked."""
POLL_INTERVAL_S = 2.0
NO_HEALTH_STATUSES = {401, 403, 405}
"""Statuses of `/health` that waiting does not change. A 404 may be a proxy's that knows no server yet."""

MIN_WORD_PRECISION = 0.5
"""An answer of which fewer words than this stand on the page was not read from it."""

PROGRAM_SIGNS = (
    ("/", "Ollama is running", "ollama"),
    ("/openapi.json", "MLX-VLM", "mlx-vlm"),  # the title
    ("/openapi.json", '"/load_model"', "transformers"),
)
"""What programs say outside the API, whose models are owned by whoever published them."""

UNPROTECTED_PATHS = ("/invocations", "/tokenize")
"""Paths of vLLM beside `/v1`, which its API key does not protect."""


async def check(settings: Settings, wait: float, report: Report, renderer: Renderer) -> int:
    """Ask one thing after the other and tell what came; return the exit code. An OcrError is the verdict too.

    Args:
        settings: name the server and its key.
        wait: seconds for which it is waited for.
        report: is told each thing as soon as it is known.
        renderer: renders the sample page.
    """
    (address,) = settings.server_url
    check_url(address, settings.api_key)
    url = without_credentials(address)
    healthy, said = await wait_until_healthy(address, wait, settings.timeout, report.waiting)
    (report.ok if healthy else report.warn)("health", said)
    async with Client(address, settings.api_key, settings.timeouts) as client:
        model = await served_model(client, settings.request.model)
        report_engine(model, await find_program(url), report)
        report_model(model, report)
        report_key(await find_unprotected(url), url, settings.api_key, report)
        options = read_options(model, settings.request)
        sample = await renderer.open(SAMPLE)
        image = await renderer.render(sample, 1, options.longest_side, multiple=options.patch_pixels)
        reading = await time_answer(client.read(image, options))
    truth = TRUTH.read_text()
    report_page(reading, word_recall(reading.text, truth), report)
    report_stream(reading, report)
    if word_recall(truth, reading.text) < MIN_WORD_PRECISION:
        report.failed(
            gettext(
                "the server answers but cannot read pages. Serve a LightOnOCR model, with the flags of serve-command."
            )
        )
        return 1
    looks = gettext("(check: {names})", names=", ".join(report.warnings)) if report.warnings else ""
    command = f"{invocation('app')} --server-url {url}"
    with_key = gettext("{command} with OCR_API_KEY set", command=command)
    reads = join(" ", [gettext("the server can read pages"), looks])
    report.ok(
        "verdict", gettext("{verdict}: {command}", verdict=reads, command=with_key if settings.api_key else command)
    )
    return 0


async def wait_until_healthy(
    address: str, wait: float, silence: float, on_wait: Callable[[str], object] = str
) -> tuple[bool, str]:
    """Ask `/health` until it answers, for at most `wait` seconds; return whether it does, and what to say of it.

    `on_wait` is called with each new reason to wait.

    Raises:
        ServerError: one of its kinds, if it has not answered well by then.
    """
    url, began, silence, told = without_credentials(address), time.monotonic(), min(silence, HEALTH_TIMEOUT_S), ""
    root = url.rpartition("/")[0]
    async with connections(address, silence) as http:
        while True:
            late = time.monotonic() - began >= wait
            try:
                with explained(url, silence):
                    async with asyncio.timeout(2 * silence), http.get(f"{root}/health") as response:
                        status, said = response.status, await text_of(response, MAX_ERROR_BYTES)
                if response.ok:
                    return True, gettext("answers after {seconds:.1f} s", seconds=time.monotonic() - began)
                if status in NO_HEALTH_STATUSES or (late and status == HTTPStatus.NOT_FOUND):
                    return False, gettext("no /health ({status}); servers other than vLLM may lack it", status=status)
                raise status_error(url, status, response.headers, said)
            except ServerError as error:
                if late or isinstance(error, TlsFailed):
                    raise
                if error.message != told:
                    on_wait(gettext("{reason} Waiting for up to {seconds:g} s.", reason=error.message, seconds=wait))
                    told = error.message
            await asyncio.sleep(POLL_INTERVAL_S)


async def find_program(url: str) -> str | None:
    """The name in PROGRAMS of the program that serves; None for all others."""
    said = dict[str, str]()
    async with connections(url, HEALTH_TIMEOUT_S) as http:
        for path in dict.fromkeys(path for path, _, _ in PROGRAM_SIGNS):
            try:
                async with http.get(url.rpartition("/")[0] + path, allow_redirects=False) as response:
                    said[path] = await text_of(response, MAX_ERROR_BYTES)
            except (aiohttp.ClientError, TimeoutError):
                return None
    return next((name for path, sign, name in PROGRAM_SIGNS if sign in said[path]), None)


async def find_unprotected(url: str) -> list[str]:
    """The paths that answer without a key, the API's own first."""
    root = url.rpartition("/")[0]
    found = []
    for address in (f"{url}/models", *(root + door for door in UNPROTECTED_PATHS)):
        async with connections(url, HEALTH_TIMEOUT_S) as http:  # anew: a socket that is closed by now says nothing
            try:
                asked = http.get(address) if address.endswith("/models") else http.post(address, json={})
                async with asked as response:
                    status = response.status
            except (aiohttp.ClientError, TimeoutError):
                continue
        if status in {200, 400, 415, 422}:  # it was let in, whatever it made of an empty request
            found.append(address.removeprefix(root))
    return found


async def time_answer(answer: AsyncIterator[Delta | Finished]) -> TimedAnswer:
    """Follow one answer to its end."""
    reading, began = TimedAnswer(), time.monotonic()
    async for item in answer:
        if isinstance(item, Delta):
            reading.chunk_times_s += [time.monotonic() - began] * item.chunks
            reading.text += item.text
        else:
            reading.finish, reading.tokens = item.finish, item.tokens
    reading.seconds = time.monotonic() - began
    return reading

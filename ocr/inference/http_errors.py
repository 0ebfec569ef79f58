"""Turn failed connections, status codes and error bodies into errors that tell the user what to do."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from ocr import errors
from ocr.i18n import gettext


@contextmanager
def explained(url: str, silence: float) -> Iterator[None]:
    """Turn what the transport raises inside the block into our errors; `silence` is its limit in seconds."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise _explain(error, url, silence) from error


def status_error(url: str, status: int, headers: Mapping[str, str], body: str) -> errors.ServerError:
    """The error that an answer of a status other than 200 stands for."""
    said = error_text(body)
    if "image input is not supported" in said:  # llama-server without the model's mmproj, by a 500
        return errors.NoImages(gettext("{url} takes no images: {said}.", url=url, said=said), errors.NO_IMAGES_STEP)
    match status:
        case 401 | 403:
            return errors.WrongKey(
                gettext("{url} rejects the API key ({status}).", url=url, status=status),
                "Pass the correct key with --api-key or OCR_API_KEY.",
            )
        case 404 if "model" in said.lower():
            return errors.UnknownModel(
                gettext("{url} does not have this model: {said}.", url=url, said=said), "Choose a model that it serves."
            )
        case 429 | 503:
            return errors.Overloaded(
                gettext("{url} is overloaded ({status}): {said}.", url=url, status=status, said=said),
                "Wait a moment and read the page again, or lower --concurrency.",
                _retry_after(headers),
            )
        case 502 | 504 | 524:
            return errors.GatewayTimeout(
                gettext("A proxy in front of {url} timed out ({status}).", url=url, status=status),
                "The server may be starting or overloaded: wait, then read the page again.",
            )
        case 400 if "exceed_context_size" in body:
            return errors.Refused(
                gettext("The page is longer than the context of {url}: {said}.", url=url, said=said),
                "Serve the model with a longer context (llama-server: --ctx-size, Ollama: OLLAMA_CONTEXT_LENGTH, vLLM: "
                "--max-model-len), or choose fewer pixels under Advanced.",
            )
        case 400 | 413 | 422:
            return errors.Refused(
                gettext("{url} rejects this page ({status}): {said}.", url=url, status=status, said=said),
                "Check that the model accepts images and that the page is within its limits.",
            )
        case _ if status >= 500:
            return errors.InternalError(
                gettext("{url} failed ({status}): {said}.", url=url, status=status, said=said),
                "Read the page again, or check the server's log.",
            )
        case _:
            return not_an_api(url, gettext("it answered with status {status}", status=status))


def not_an_api(url: str, what: str) -> errors.NotAnApi:
    """The error for a server that answers something else than the API's answers."""
    return errors.NotAnApi(
        gettext("{url} does not implement the OpenAI API: {what}.", url=url, what=what),
        "Check the URL; it is the one that ends with /v1.",
    )


UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""What a terminal would obey, and halves of surrogate pairs."""


def error_text(body: Any) -> str:
    """The sentence inside a server's error, whatever shape it has; at most 300 characters, no full stop.

    It holds nothing that a terminal or a file does not take.
    """
    if isinstance(body, str) and body.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            body = json.loads(body)
    while isinstance(body, dict):
        body = body.get("error") or body.get("message") or body.get("detail") or json.dumps(body)
    words = " ".join(re.sub(r"<[^<>]+>", " ", str(body)).split())
    return UNPRINTABLE.sub("?", words)[:300].rstrip(". ") or "no reason given"


def _explain(error: aiohttp.ClientError | TimeoutError, url: str, silence: float) -> errors.ServerError:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return errors.NameNotResolved(
                gettext("The host name {host} cannot be resolved.", host=urlsplit(url).hostname),
                "Check the spelling of the URL, and the DNS.",
            )
        case aiohttp.ClientSSLError():
            return errors.TlsFailed(
                gettext("Cannot open a secure connection to {url}: {reason}.", url=url, reason=str(_tls_reason(error))),
                "Check that the server uses HTTPS and that its certificate is valid.",
            )
        case (
            aiohttp.ClientConnectorError()
            | aiohttp.ConnectionTimeoutError()
            | aiohttp.ClientHttpProxyError()
            | aiohttp.InvalidURL()
            | aiohttp.NonHttpUrlClientError()
        ):
            check = gettext("Check that the server is running and that its address and port are correct.")
            if url.startswith("https:"):
                check = gettext(
                    "Check that the server is running, that its address and port are correct, and that it uses HTTPS."
                )
            return errors.Unreachable(gettext("Nothing answers at {url}.", url=url), check)
        case TimeoutError():
            return errors.Silence(
                gettext("{url} has sent nothing for {seconds:g} s.", url=url, seconds=silence),
                gettext("It may be starting or overloaded: wait, or raise {option}.", option="--timeout"),
            )
        case _:
            return errors.StreamCut(
                gettext("The connection to {url} was lost ({kind}).", url=url, kind=type(error).__name__),
                "Read the page again.",
            )


def _tls_reason(error: aiohttp.ClientSSLError) -> object:
    cause = error.__cause__
    return getattr(cause, "verify_message", None) or getattr(cause, "reason", None) or cause or error


def _retry_after(headers: Mapping[str, str]) -> float | None:
    value = headers.get("retry-after", "")
    return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else None

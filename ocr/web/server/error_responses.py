"""Answers to requests that are refused for now, in the language of the client: what happened, what to do."""

import math
from collections.abc import Mapping

from starlette.responses import JSONResponse, PlainTextResponse, Response

from ocr.errors import OcrError
from ocr.web.locale.translation import Language, translate


def refusal(
    status: int,
    error: OcrError,
    headers: Mapping[bytes, bytes],
    *,
    retry_after_s: float | None = None,
    as_json: bool = False,
) -> Response:
    """The answer, in English or French.

    Args:
        status: of the answer.
        error: what happened, and what the visitor can do about it.
        headers: the request's, for its `Accept-Language`.
        retry_after_s: after how many seconds it may be sent again.
        as_json: in the form of Gradio's own errors, which its page shows.
    """
    french = headers.get(b"accept-language", b"").lower().startswith(b"fr")
    text = str(translate(error.full_message, Language.FRENCH if french else Language.ENGLISH))
    more = {"retry-after": str(math.ceil(retry_after_s))} if retry_after_s is not None else {}
    if as_json:
        return JSONResponse({"detail": text, "error": text}, status, more)
    return PlainTextResponse(text, status, more)

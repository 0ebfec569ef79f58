"""Answers to requests that are refused for now, in the language of whoever sent them: what happened, what to do."""

from __future__ import annotations

import math
from collections.abc import Mapping

from starlette.responses import PlainTextResponse

from ocr.ui.languages import Language, told
from ocr.wording import Wording, row


def refusal(
    status: int,
    happened: Wording,
    next_step: Wording,
    headers: Mapping[bytes, bytes],
    *,
    retry_after_s: float | None = None,
) -> PlainTextResponse:
    """A plain answer in English or French.

    Args:
        status: of the answer.
        happened: what is wrong.
        next_step: what the visitor can do about it.
        headers: the request's, for its `Accept-Language`.
        retry_after_s: after how many seconds it may be sent again.
    """
    french = headers.get(b"accept-language", b"").lower().startswith(b"fr")
    text = told(row(" ", (happened, next_step)), Language.FRENCH if french else Language.ENGLISH)
    more = {"retry-after": str(math.ceil(retry_after_s))} if retry_after_s is not None else {}
    return PlainTextResponse(str(text), status, more)

from __future__ import annotations

import pytest

from ocr.ui.refusals import refusal
from ocr.wording import say

HAPPENED, NEXT = say("Too many wrong passwords came from your address."), say("Wait a minute, then try again.")


@pytest.mark.parametrize(
    ("accepts", "language"), [(b"fr-CA,en;q=0.5", "fr"), (b"en-GB", "en"), (b"de", "en"), (b"", "en")]
)
def test_refusals_speak_the_visitors_language(accepts: bytes, language: str) -> None:
    text = bytes(refusal(429, HAPPENED, NEXT, {b"accept-language": accepts}).body).decode()
    assert (text == f"{HAPPENED} {NEXT}") == (language == "en")


def test_refusals_say_when_to_come_back() -> None:
    assert refusal(429, HAPPENED, NEXT, {}, retry_after_s=0.2).headers["retry-after"] == "1"
    assert "retry-after" not in refusal(413, HAPPENED, NEXT, {}).headers

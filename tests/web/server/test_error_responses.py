from __future__ import annotations

import json

import pytest

from ocr.errors import UsageError
from ocr.web.server.error_responses import refusal

ERROR = UsageError("Too many wrong passwords were sent from your address.", "Wait a minute, then try again.")


@pytest.mark.parametrize(
    ("accepts", "language"), [(b"fr-CA,en;q=0.5", "fr"), (b"en-GB", "en"), (b"de", "en"), (b"", "en")]
)
def test_refusals_speak_the_visitors_language(accepts: bytes, language: str) -> None:
    text = bytes(refusal(429, ERROR, {b"accept-language": accepts}).body).decode()
    assert (text == str(ERROR)) == (language == "en")


def test_refusals_say_when_to_come_back() -> None:
    assert refusal(429, ERROR, {}, retry_after_s=0.2).headers["retry-after"] == "1"
    assert "retry-after" not in refusal(413, ERROR, {}).headers


def test_refusals_of_events_are_as_gradio_says_them() -> None:
    """Its page shows what stands under these names."""
    said = json.loads(bytes(refusal(429, ERROR, {}, as_json=True).body))
    assert said == {"detail": str(ERROR), "error": str(ERROR)}

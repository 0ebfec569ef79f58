"""What a worker of the CPU engine does, in this process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image

from ocr.engines.tesseract import recognition_tasks
from ocr.engines.tesseract.recognition_tasks import decode, recognize, recognize_words, set_up
from ocr.engines.tesseract.tessdata import find_tessdata
from ocr.errors import RecognitionFailed, Refused
from tests.engines.tesseract.pages import encoded, written


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OMP_THREAD_LIMIT", "")
    set_up("eng", find_tessdata("eng"))
    yield
    recognition_tasks._recognizers.clear()


def test_recognize(loaded: None) -> None:
    """Plain text, or each part after its marker."""
    page = encoded(written("Boxes and pages"))
    assert recognize(page, False) == (("Boxes and pages",), ())
    (part,), words = recognize(page, True, True)
    assert words == recognize_words(page)
    assert part.startswith("![")
    assert part.endswith(") Boxes and pages")


def test_recognize_words(loaded: None) -> None:
    """Each with its box on the page and how sure Tesseract is of it."""
    page = written("Boxes and pages")
    words = recognize_words(encoded(page))
    assert [word.text for word in words] == ["Boxes", "and", "pages"]
    assert all(0.5 < word.confidence <= 1 for word in words)
    for word in words:
        left, top, right, bottom = (
            round(edge * side / 1000) for edge, side in zip(word.box, page.size * 2, strict=True)
        )
        assert page.crop((left, top, right, bottom)).getextrema()[0] < 128  # there is ink


def test_recognize_blank(loaded: None) -> None:
    assert recognize(encoded(Image.new("L", (300, 300), 255)), True, True) == ((), ())


def test_set_up_without_its_data() -> None:
    with pytest.raises(RuntimeError, match="cannot load xxx"):
        set_up("xxx", find_tessdata("eng"))


@pytest.mark.parametrize(
    ("mode", "colour", "gray"),
    [("L", 9, 9), ("RGB", (255, 255, 255), 255), ("RGBA", (0, 0, 0, 0), 255), ("P", 0, 0), ("1", 1, 255)],
)
def test_decode_modes(mode: str, colour: Any, gray: int) -> None:
    """Any image becomes gray; what is transparent becomes white."""
    image = decode(encoded(Image.new(mode, (2, 1), colour)))
    assert (image.mode, image.size, image.tobytes()) == ("L", (2, 1), bytes([gray, gray]))


@pytest.mark.parametrize("damage", [b"", b"no image", None])
def test_decode_damaged(damage: bytes | None) -> None:
    whole = io.BytesIO()
    Image.effect_noise((200, 200), 99).save(whole, "JPEG")
    with pytest.raises(RecognitionFailed) as failed:
        decode(whole.getvalue()[:2000] if damage is None else damage)
    assert not failed.value.retryable


def test_decode_too_large() -> None:
    """A bound on the memory that one page takes."""
    with pytest.raises(Refused, match="64 million"):
        decode(encoded(Image.new("1", (8001, 8000))))

"""OCRmyPDF reads through the plugin with the real vLLM, and writes what the model read into the PDF."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageChops

from ocr.export.plain_text import plain_text
from tests.conftest import SAMPLES
from tests.test_ocrmypdf_plugin import ocrmypdf, opened
from tests.tiny_model.model import WHOLE
from tests.tiny_model.reading import Running


def test_ocrmypdf_with_vllm(vllm: Running, tmp_path: Path) -> None:
    """The words of the model's answer are those of the page, in its order; the page looks as it did."""
    answer = next(each for each in WHOLE if each.document == "letter.pdf")
    flags = ["--pagelight-server", vllm.url, "--pagelight-model", answer.model]
    key = ["--pagelight-api-key", vllm.server.api_key or ""]
    done = ocrmypdf(*flags, *key, "--sidecar", tmp_path / "a.txt", SAMPLES / "letter.pdf", tmp_path / "a.pdf")
    assert done.returncode == 0, done.stderr
    words, seen = opened(tmp_path / "a.pdf")
    assert words == (tmp_path / "a.txt").read_text().split() == plain_text(answer.answer).split()
    assert ImageChops.difference(seen, opened(SAMPLES / "letter.pdf")[1]).getbbox() is None

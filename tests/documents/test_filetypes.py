"""A file's type is told from its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.documents.filetypes import media_type_of
from ocr.errors import NotADocument


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\r\njunk of a mail gateway\r\n%PDF-1.4", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"MM\0*", "image/tiff"),
        (b"II+\0\x08\0", "image/tiff"),
        (b"RIFF\x10\0\0\0WEBPVP8L", "image/webp"),
        (b"BM\x36\0\0\0\0\0\0\0\x36", "image/bmp"),
        (b"\0\0\0\x18ftypmif1", "image/heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heicavif", "image/heic"),
        (b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf", "image/avif"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
        (b"\xff\x4f\xff\x51\0\x2f", "image/jp2"),
    ],
)
def test_media_type_of_each_format(head: bytes, media_type: str) -> None:
    """In each of its spellings; a PDF may have something in front of it."""
    assert media_type_of(head, "file") == media_type


@pytest.mark.parametrize(
    "head", [b"RIFF\x10\0\0\0WAVE", b"\0\0\0\x18ftypmp42", b"MZ\x90\0", b"BM and more text", b"%!PS"]
)
def test_media_type_of_a_stranger(head: bytes) -> None:
    """Sound, film, program, text that begins like a bitmap: refused by name, with what can be read."""
    with pytest.raises(NotADocument, match=r"my file") as caught:
        media_type_of(head, "my file")
    assert "PDF" in str(caught.value)


@given(st.text(max_size=400).map(str.encode), st.integers(0, 400))
def test_media_type_of_text_cut_anywhere(text: bytes, cut: int) -> None:
    """Text never breaks it, wherever the first bytes end: inside a character, too."""
    head = text[:cut]
    try:
        assert media_type_of(head, "file") == "application/pdf" or head[:2] in (b"BM", b"II", b"MM", b"GI")
    except NotADocument as error:
        assert error.next_step

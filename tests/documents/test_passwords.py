"""A password opens its PDF however it was typed and however the PDF's program took it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pikepdf import Encryption, PasswordError

from ocr.documents.passwords import encoded, opened_pdf
from ocr.documents.renderer import Renderer
from ocr.errors import WrongPassword
from tests.documents.papers import pdf, text_page

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(workers=1) as renderer:
        yield renderer


@pytest.mark.parametrize(
    ("revision", "given", "typed"),
    [
        (6, "Grüße", "Grüße"),
        (6, "café", "cafe\u0301"),
        (6, "fix IV", "\ufb01x\u00a0Ⅳ"),
        (6, "soft", "so\u00adft"),
        (6, "Ⅳ as it is", "Ⅳ as it is"),
        (4, "10 €", "10 €"),
        (3, "café", "cafe\u0301"),
        (2, "10 €", "10 €"),
    ],
)
async def test_password_opens(renderer: Renderer, tmp_path: Path, revision: int, given: str, typed: str) -> None:
    """Composed or not, prepared or as it is, in UTF-8 or PDFDocEncoding."""
    strong = revision > 3
    lock = Encryption(user=given, owner="owner", R=revision, aes=strong, metadata=strong)  # type: ignore[arg-type]
    path = pdf(tmp_path / "locked.pdf", text_page(1), encryption=lock)
    document = await renderer.open(path, password=typed)
    assert (await renderer.render(document, 1, 300)).height == 300


async def test_password_that_is_wrong_in_every_encoding(renderer: Renderer, tmp_path: Path) -> None:
    """It is wrong, and said to be."""
    path = pdf(tmp_path / "locked.pdf", text_page(1), encryption=Encryption(user="é", owner="é"))
    with pytest.raises(WrongPassword):
        await renderer.open(path, password="€ or è")


def test_encoded_plain_password_is_tried_once() -> None:
    """Parsing a PDF anew for the same bytes would gain nothing; bytes that no text has are passed on as they came."""
    assert list(encoded("secret")) == [b"secret"]
    assert next(encoded("caf\udce9")) == b"caf\xe9"


def test_passwords_open_a_pdf(tmp_path: Path) -> None:
    """Whichever way the file's program encoded the password; a wrong one is refused."""
    for number, password in enumerate(("", "käse", "ﬁve")):
        path = pdf(tmp_path / f"{number}.pdf", b"", encryption=Encryption(user=password, owner="owner"))
        with opened_pdf(path, password) as opened:
            assert len(opened.pages) == 1
    with pytest.raises(PasswordError):
        opened_pdf(path, "another")

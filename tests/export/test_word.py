"""A Word file that is opened again has real tables and equations."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from ocr.errors import OutputError, UsageError
from ocr.export import Results, check_formats, killing_children, word
from ocr.export.word import can_write_word, document_word
from tests.export.papers import DOCUMENT, page, png, results


def opened(data: bytes) -> tuple[str, zipfile.ZipFile]:
    archive = zipfile.ZipFile(io.BytesIO(data))
    return archive.read("word/document.xml").decode(), archive


def test_word_has_tables_equations_and_figures(tmp_path: Path) -> None:
    """The table spans columns and rows, the formulas are equations, the picture is in the file."""
    body, archive = opened(document_word(results(tmp_path)))
    assert body.count("<w:tbl>") == 1
    assert '<w:gridSpan w:val="2"' in body
    assert '<w:vMerge w:val="restart"' in body
    assert len(re.findall(r"<m:oMath>", body)) == 3
    assert body.count("<m:oMathPara>") == 1
    assert "<m:f>" in body
    table = body[body.index("<w:tbl>") : body.index("</w:tbl>")]
    assert "<m:sSub>" in table
    (picture,) = [name for name in archive.namelist() if name.startswith("word/media/")]
    assert archive.read(picture) == png()
    assert "base64" not in body
    assert body.count("<w:drawing>") == 1
    assert archive.testzip() is None


def test_word_says_what_is_wrong_with_a_page(tmp_path: Path) -> None:
    body, _ = opened(document_word(results(tmp_path)))
    text = re.sub(r"<[^>]+>", "", body)
    for words in ("Page 2 was cut at the token limit", "Page 3 has no text", "Page 4 could not be read"):
        assert words in text
    assert "Let" in text and "cost" in text and "$5" in text


def test_word_opens_no_file_of_ours(tmp_path: Path) -> None:
    """Nothing a page says makes pandoc read a file: not by a picture, not out of a formula."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(png())
    text = f"![a]({secret}) <img src='{secret}'> $x</script><img src='{secret}'>$"
    text += " <code class='formula'>y&lt;/script></code>"
    body, archive = opened(document_word(Results(DOCUMENT, "", "", [page(1, text)])))
    assert not [name for name in archive.namelist() if name.startswith("word/media/")]
    assert "<w:drawing>" not in body


@pytest.mark.parametrize("tex", ["\\foo{a", "x<y>z", "\\begin{cases}1 & x\\\\2\\end{cases}", "a & b", "50\\%"])
def test_word_any_formula(tex: str) -> None:
    """A formula that pandoc cannot set is there as text."""
    body, _ = opened(document_word(Results(DOCUMENT, "", "", [page(1, f"before ${tex}$ after")])))
    text = unescape(re.sub(r"<[^>]+>", "", body))
    assert "before" in text and "after" in text
    assert "<m:oMath>" in body or tex in text


def nowhere(_: str) -> None:
    return None


def test_word_without_pandoc(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said before the run, and how to get it."""
    monkeypatch.setattr(shutil, "which", nowhere)
    monkeypatch.setattr(word.importlib.util, "find_spec", nowhere)
    assert not can_write_word()
    with pytest.raises(UsageError, match=r"needs pandoc.*setup.sh word"):
        check_formats(["md", "docx"])
    check_formats(["md", "html"])
    with pytest.raises(OutputError, match="needs pandoc"):
        document_word(Results(DOCUMENT, "", "", [page(1, "x")]))


@pytest.mark.parametrize(
    ("script", "timeout_s", "says"),
    [("echo 'out of luck' >&2; exit 3", 60.0, "out of luck"), ("exec sleep 600", 0.5, "timed out")],
)
def test_word_pandoc_fails(
    script: str, timeout_s: float, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "pandoc"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    found: Callable[[str], str] = lambda _: str(program)  # noqa: E731
    monkeypatch.setattr(shutil, "which", found)
    monkeypatch.setattr(word, "PANDOC_TIMEOUT_S", timeout_s)
    with pytest.raises(OutputError, match=says):
        document_word(Results(DOCUMENT, "", "", [page(1, "x")]))


def test_word_pandoc_that_starts_too_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a thread starts after a run was interrupted is not waited for either; the next run may start one."""
    program = tmp_path / "pandoc"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    found: Callable[[str], str] = lambda _: str(program)  # noqa: E731
    monkeypatch.setattr(shutil, "which", found)
    with pytest.raises(KeyboardInterrupt), killing_children():
        raise KeyboardInterrupt
    with pytest.raises(OutputError, match="could not create"):
        document_word(Results(DOCUMENT, "", "", [page(1, "x")]))
    with killing_children():
        program.write_text("#!/bin/sh\necho 'asked again' >&2; exit 3\n")
        with pytest.raises(OutputError, match="asked again"):
            document_word(Results(DOCUMENT, "", "", [page(1, "x")]))

"""Whatever a document is called, its name can be shown, and its folder is one folder on any system."""

from __future__ import annotations

import json
import os
from html import escape, unescape
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.filenames import MAX_FOLDER_BYTES, folder_name, printable

BYTES = st.binary(max_size=300).map(lambda data: data.decode("utf-8", "surrogateescape"))
"""Names as a POSIX file system may have them."""
ODD = st.text(st.sampled_from(' .\\/:*?"<>|-_aA\u00e9\u0301CONcon1\n\x1b\x7f\x85\u2028\u202e\ud800\udce9\U0001f600'))
NAMES = st.one_of(st.text(st.characters()), BYTES, ODD, ODD.map(lambda name: name + ".pdf"))


@given(NAMES)
def test_folder_name_is_one_folder_on_any_system(name: str) -> None:
    folder = folder_name(name)
    assert folder.strip(". ") == folder != ""
    assert len(folder.encode()) <= MAX_FOLDER_BYTES
    assert Path(folder).parts == (folder,)
    assert PureWindowsPath(folder).parts == (folder,)
    assert not PureWindowsPath(folder).is_reserved()
    assert not set('<>:"/\\|?*') & set(folder)
    assert printable(folder) == folder


@given(NAMES)
def test_printable_is_taken_by_everything(name: str) -> None:
    shown = printable(name)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert json.loads(json.dumps(shown, ensure_ascii=False).encode()) == shown
    assert unescape(escape(shown).encode().decode()) == shown
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("paper.pdf", "paper"),
        ("b.tar.gz", "b.tar"),
        ("契約書.pdf", "契約書"),
        ("Screenshot at 3.04\u202fPM.png", "Screenshot at 3.04\u202fPM"),
        ("noname", "noname"),
        ("...pdf", "pdf"),
        ("..pdf", "pdf"),
        (".hidden.pdf", "hidden"),
        ("..", "document"),
        ("", "document"),
        (" . .pdf", "pdf"),
        ("a. .pdf", "a"),
        ("../../etc/passwd.pdf", "_.._etc_passwd"),
        ("C:\\scans\\a.pdf", "C__scans_a"),
        ("CON.pdf", "_CON"),
        ("nul.tar.pdf", "_nul.tar"),
        ("com1 .pdf", "_com1"),
        ("concert.pdf", "concert"),
        ("a\x1b[31m\nb.pdf", "a_[31m_b"),
        (os.fsdecode(b"caf\xe9.pdf"), "caf_"),
        ("é" * 150 + ".pdf", "é" * 100),
        ("a" + "é" * 150 + ".pdf", "a" + "é" * 99),
    ],
)
def test_folder_name(name: str, folder: str) -> None:
    assert folder_name(name) == folder


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("契約書 (2).pdf", "契約書 (2).pdf"),
        ("a\x1b[31m\nb\u202ef", "a\\x1b[31m\\x0ab\\u202ef"),
        (os.fsdecode(b"caf\xe9.pdf"), "caf\\xe9.pdf"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_printable(name: str, shown: str) -> None:
    assert printable(name) == shown

"""given_files.py: files and folders on a command line, and where their results go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ocr.cli.given_files import GivenFile, given_files
from ocr.errors import UsageError
from tests.conftest import ROOT, SAMPLES


def make(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((SAMPLES / "letter.pdf").read_bytes())
    return folder


def test_given_files_of_folders(tmp_path: Path) -> None:
    """Files stay as they are, missing ones too; documents of folders have the folder below it; --out is left out."""
    source = make(tmp_path / "in", "a.pdf", "x/b.pdf", "out/c.png", "notes.txt/d.pdf")
    (source / "n.txt").write_text("words")
    single, missing = make(tmp_path, "s.pdf") / "s.pdf", tmp_path / "none.pdf"
    assert given_files([single, source, missing], source / "out") == (
        [
            GivenFile(single),
            GivenFile(source / "a.pdf"),
            GivenFile(source / "notes.txt" / "d.pdf", ("notes.txt",)),
            GivenFile(source / "x" / "b.pdf", ("x",)),
            GivenFile(missing),
        ],
        "1 .txt, 1 results of Pagelight",
    )


def test_given_files_without_documents(tmp_path: Path) -> None:
    """Nothing to read is an error, before a server is looked for; and so is a name no system takes, when opened."""
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError, match=r"holds no documents \(left out: 1 \.docx\)"):
        given_files([tmp_path], tmp_path / "out")
    long = Path("n" * 300)
    assert given_files([long], tmp_path) == ([GivenFile(long)], "")


def test_given_files_are_read(tmp_path: Path, server_url: str) -> None:
    """A folder's structure is found again in the output; a second run reads neither its own results nor twice."""
    make(tmp_path / "in", "a.pdf", "2024/a.pdf", "2024/v1.2/a.png.pdf", "2024/v1.2?/b.pdf")
    command = [sys.executable, "-m", "ocr", "in", "--out", "in/out", "--server-url", server_url, "--formats", "md"]
    expected = {"a", "2024/a", "2024/v1.2/a.png", "2024/v1.2_/b"}
    for _ in range(2):
        environment = {"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        assert {line.partition("\t")[0] for line in done.stdout.splitlines()} == {
            f"in/out/{name}/document.md" for name in expected
        }
    assert {path.parent for path in tmp_path.rglob("document.md")} == {tmp_path / "in/out" / name for name in expected}


def test_given_files_load_no_package_for_scale(tmp_path: Path) -> None:
    """A folder on the ordinary command line needs neither pyarrow nor fsspec."""
    make(tmp_path, "a.pdf")
    program = (
        "import sys; from pathlib import Path; import ocr.cli.read; from ocr.cli.given_files import given_files\n"
        f"given_files([Path({str(tmp_path)!r})], Path('out'))\n"
        "print([name for name in ('pyarrow', 'fsspec', 'datatrove', 's3fs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

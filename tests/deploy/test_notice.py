"""deploy/notice.py: what it says of the packages that are installed here."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT
from tests.test_locks import pins

SCRIPT = ROOT / "deploy" / "notice.py"


@pytest.fixture(scope="module")
def notice() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notice", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_notice_names_every_package() -> None:
    """Each package of the lock that is installed here, with a licence; it runs with Python alone."""
    done = subprocess.run([sys.executable, "-S", SCRIPT], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    said = {part.split(" ", 1)[0].lower().replace("_", "-"): part for part in done.stdout.split("\n\n")}
    for name in ("aiohttp", "gradio", "numpy", "pillow", "pypdfium2", "tesserocr"):
        assert name in pins(ROOT / "requirements.lock")
        assert "  Licence: " in said[name]
        assert ".dist-info/" in said[name]
    assert "libtesseract" in said["tesserocr"]
    assert "libpdfium" in said["pypdfium2"]


def test_notice_no_library_of_the_app_is_under_the_gpl() -> None:
    """x265 came in a wheel for HEIF once; a wheel's own licence does not tell."""
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=True)
    bundled = set(pins(ROOT / "requirements.lock"))
    for part in done.stdout.split("\n\n"):
        if part.split(" ", 1)[0].lower().replace("_", "-") in bundled:
            assert "x265" not in part
            licence = part.split("Licence: ")[1].splitlines()[0]
            assert not re.search(r"\bA?GPL|GNU (General|Affero)", licence), part


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ("License-Expression: MIT", "MIT"),
        ("Classifier: License :: OSI Approved :: ISC License (ISCL)", "ISC License (ISCL)"),
        ("Classifier: License :: OSI Approved\nLicense: Zlib", "Zlib"),
        ("License: Its terms,\n        and more of them", "Its terms,"),
        ("Classifier: Topic :: Text", "not stated"),
    ],
)
def test_notice_licence(notice: ModuleType, tmp_path: Path, metadata: str, said: str) -> None:
    """Expression before classifiers before free text."""
    folder = tmp_path / "a-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: a\nVersion: 1\n{metadata}\n")
    assert notice.licence(PathDistribution(folder)).startswith(said)


@pytest.mark.parametrize(
    ("file", "library"),
    [
        ("tesserocr.libs/libtesseract-b02dab81.so.5.5.0", ["libtesseract"]),
        ("numpy.libs/libgfortran-040039e1-0352e75f.so.5.0.0", ["libgfortran"]),
        ("pypdfium2_raw/libpdfium.so", ["libpdfium"]),
        (".dylibs/liblzma.5.dylib", ["liblzma"]),
        ("PIL/_imaging.cpython-311-x86_64-linux-gnu.so", []),
        ("x/_rust.abi3.so", []),
        ("x/some.py", []),
    ],
)
def test_notice_libraries(notice: ModuleType, tmp_path: Path, file: str, library: list[str]) -> None:
    """Shared libraries by their names alone; extension modules are the package itself."""
    folder = tmp_path / "a-1.dist-info"
    folder.mkdir()
    (folder / "RECORD").write_text(f"{file},,\n")
    assert notice.libraries(PathDistribution(folder)) == library

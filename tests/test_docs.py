"""The documentation: links lead somewhere, the README is short, pages are listed, the reference is generated."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from packaging.version import Version

import ocr
from docs.build_site import build_site
from docs.make_reference import REFERENCE, reference
from ocr.config.command_line import flag, options, variable
from tests.conftest import ROOT

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
DECISIONS = [page for page in sorted((ROOT / "docs" / "decisions").glob("*.md")) if page.stem != "README"]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    """The relative links and images of a page that lead nowhere."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset|href)="([^"]+)"', text)
    broken = []
    for link in links:
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_docs_links(page: Path) -> None:
    assert broken_links(page) == []


def test_docs_links_that_are_broken_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# A page\n[a](#a-page) [b](#b) [c](c.md) <img src="d.png"> [e](https://e.example)\n')
    assert broken_links(page) == ["#b", "c.md", "d.png"]


def test_docs_readme_is_short() -> None:
    """Whoever comes anew reads it in three minutes; what is longer is a page of docs/."""
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


@pytest.mark.parametrize("index", ["README.md", "docs/README.md"])
def test_docs_pages_are_listed(index: str) -> None:
    """Both tables of contents name every page of docs/."""
    page = ROOT / index
    listed = {(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text())}
    assert {*(ROOT / "docs").glob("*.md")} - {ROOT / "docs" / "README.md"} <= listed


def test_docs_changelog() -> None:
    """Keep a Changelog: Unreleased, then dated versions, the newest first, which is that of the program."""
    headings = re.findall(r"^##+ .*$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "## [Unreleased]"
    versions = [heading for heading in headings[1:] if heading.startswith("## ")]
    released = [re.fullmatch(r"## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)", version) for version in versions]
    assert all(released), versions
    numbers, days = zip(*(match.groups() for match in released if match), strict=True)
    assert numbers[0] == ocr.__version__
    assert list(numbers) == sorted(numbers, key=Version, reverse=True)
    assert [date.fromisoformat(day) for day in days] == sorted(map(date.fromisoformat, days), reverse=True)
    groups = {heading.removeprefix("### ") for heading in headings if heading.startswith("### ")}
    assert groups <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_docs_reference_is_generated() -> None:
    """docs/reference.md is what the code says now; `python -m docs.make_reference` writes it."""
    assert REFERENCE.read_text() == reference(), "run: .venv/bin/python -m docs.make_reference"


def test_docs_reference_has_every_setting() -> None:
    """Each option of either program has one row, with its variable and its meaning."""
    rows = [line for line in REFERENCE.read_text().splitlines() if "`OCR_" in line]
    for option in {option.name: option for program in ("app", "cli") for option in options(program)}.values():
        (found,) = [line for line in rows if f"| `{variable(option)}` |" in line]
        assert found.startswith(f"| `{flag(option)}")
        assert found.endswith(f"| {option.metadata['help']} |")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_docs_decisions(page: Path) -> None:
    """Each has context, decision and consequence, and the files that it names are there."""
    _, *entries = re.split(r"^##+ (?=.*\n\n\*\*)", page.read_text(), flags=re.MULTILINE)
    for entry in entries:
        assert re.findall(r"^\*\*(\w+)\.\*\*", entry, re.MULTILINE) == ["Context", "Decision", "Consequence"], entry
    for named in re.findall(r"`([\w/-]+/[\w.-]*)`", page.read_text()):
        if named.endswith((".py", ".js", ".toml", "/")):
            assert (ROOT / named).exists() or (ROOT / "ocr" / named).exists(), named


def test_docs_decisions_are_listed() -> None:
    index = ROOT / "docs" / "decisions" / "README.md"
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", index.read_text()))
    assert listed == {page.name for page in DECISIONS}


def test_docs_site_is_built_without_a_warning(tmp_path: Path) -> None:
    assert build_site(ROOT, tmp_path / "site") == 0
    assert "LightOnOCR" in (tmp_path / "site" / "docs" / "models" / "index.html").read_text()


def test_docs_site_with_a_broken_link_is_refused(tmp_path: Path) -> None:
    """A warning fails the build."""
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text("# A page\n\n[nowhere](nowhere.md)\n")
    (tmp_path / "mkdocs.yml").write_text("site_name: Test\nnav: [docs/page.md]\n")
    assert build_site(tmp_path, tmp_path / "site") != 0
    assert not (tmp_path / "site").exists()
    page.write_text("# A page\n")
    assert build_site(tmp_path, tmp_path / "site") == 0

"""The house keeps its rules: which room may import what. The table is the one in docs/architecture.md."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "ocr").rglob("*.py"))
FREE = set(sys.stdlib_module_names)


def table() -> dict[str, tuple[set[str], set[str]]]:
    """Room → (rooms of ours, packages) it may import, as docs/architecture.md has it."""
    rooms: dict[str, tuple[set[str], set[str]]] = {}
    for line in (ROOT / "docs" / "architecture.md").read_text().splitlines():
        if match := re.match(r"\| `([\w/]+?)(?:\.py|/)` \|.*\|([^|]*)\|([^|]*)\|$", line):
            name, ours, packages = match.groups()
            rooms[name] = (set(re.findall(r"\w+", ours)), set(re.findall(r"\w+", packages)))
    return rooms


def room(path: Path) -> str:
    """The room a module stands in: a module of ocr/ itself, or the folder."""
    parts = path.relative_to(ROOT / "ocr").parts
    return parts[0] if len(parts) > 1 else path.stem


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"ocr.{a.name}" for a in node.names} if node.module == "ocr" else {node.module or ""}
    return names


def test_architecture_table_is_complete() -> None:
    """Every room has a row and every row has a room."""
    assert set(table()) == {room(path) for path in MODULES} - {"__init__", "__main__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_imports(path: Path) -> None:
    """A room imports only what its row allows."""
    if room(path) in {"__init__", "__main__"}:
        return
    ours, packages = table()[room(path)]
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "ocr":
            target = rest[0] if rest else "__init__"
            assert target in ours | {room(path), "__init__"} or target == "__version__", f"{room(path)} imports {name}"
        else:
            assert top in FREE | packages, f"{room(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_environment(path: Path) -> None:
    """Only settings.py reads the environment."""
    if room(path) != "settings":
        assert not re.search(r"os\.(environ|getenv|putenv)", path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_every_module_has_its_tests(path: Path) -> None:
    """Tests mirror ocr/: a module has a test module of its name in the same folder, or is imported by one there."""
    if path.stem in {"__init__", "__main__"}:
        return
    folder = ROOT / "tests" / path.parent.relative_to(ROOT / "ocr")
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    tested = {name for test in folder.glob("*.py") for name in imports(test)}
    assert (folder / f"test_{path.stem}.py").exists() or dotted in tested, f"{dotted} has no test"


def test_architecture_app_is_short() -> None:
    """The web app's entry is settings, server, screen and nothing else."""
    assert len((ROOT / "app.py").read_text().splitlines()) <= 40


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_deploy_stands_alone(path: Path) -> None:
    """What is deployed elsewhere imports nothing of ours; it asks by command."""
    assert not {name for name in imports(path) if name.split(".")[0] == "ocr"}

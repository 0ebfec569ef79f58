"""The house keeps its rules: which room may import what. The table is the one in docs/architecture.md."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "ocr").rglob("*.py"))
FREE = set(sys.stdlib_module_names)
WEB = ("web/locale", "web/script_bundle", "web/components", "web/state", "web/views", "web/actions", "web/api")
"""Parts of the web page in the order in which they may import."""


def table() -> dict[str, tuple[set[str], set[str]]]:
    """Room → (rooms of ours, packages) it may import, as docs/architecture.md has it."""
    rooms: dict[str, tuple[set[str], set[str]]] = {}
    for line in (ROOT / "docs" / "architecture.md").read_text().splitlines():
        if match := re.match(r"\| `([\w/]+?)(?:\.py|/)` \|.*\|([^|]*)\|([^|]*)\|$", line):
            name, ours, packages = match.groups()
            rooms[name] = (set(re.findall(r"[\w/]+", ours)), set(re.findall(r"\w+", packages)))
    return rooms


ROOMS = table()


def room(name: str) -> str:
    """The room of a module, or of a name in one, by its dotted name: the innermost that has a row."""
    parts = name.split(".")[1:]
    within = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return next((one for one in within if one in ROOMS), parts[0])


def dotted(path: Path) -> str:
    """A module's name."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, anywhere in it: of modules, and of what it takes from them."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_architecture_table_is_complete() -> None:
    """Every room has a row and every row has a room."""
    assert set(ROOMS) == {room(dotted(path)) for path in MODULES} - {"__init__", "__main__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_imports(path: Path) -> None:
    """A room imports only what its row allows."""
    own = room(dotted(path))
    if own in {"__init__", "__main__"}:
        return
    ours, packages = ROOMS[own]
    for name in imports(path) - {"ocr", "ocr.__version__"}:
        top = name.split(".")[0]
        if top == "ocr":
            assert room(name) in ours | {own}, f"{own} imports {name}"
        else:
            assert top in FREE | packages, f"{own} imports {name}"


def test_architecture_names_are_unique() -> None:
    """No two modules or packages have one name."""
    names = Counter(
        path.parent.name if path.stem == "__init__" else path.stem for path in MODULES if path.stem != "__main__"
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_architecture_class_names_are_unique() -> None:
    """No two classes have one name; an underscore does not tell them apart."""
    names = Counter(
        node.name.lstrip("_")
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_architecture_web_imports_one_way() -> None:
    """Within web each part imports only from those before it."""
    for index, own in enumerate(WEB):
        later = {one for one in ROOMS[own][0] if one.startswith("web")} - set(WEB[:index])
        assert not later, f"{own} may import {later}"


def test_architecture_has_no_cycle() -> None:
    """No room imports itself by way of others."""
    TopologicalSorter({own: ours for own, (ours, _) in ROOMS.items()}).prepare()  # CycleError names the cycle


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_environment(path: Path) -> None:
    """Only settings.py reads the environment."""
    if path.stem != "settings":
        assert not re.search(r"os\.(environ|getenv|putenv)", path.read_text())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_every_module_has_its_tests(path: Path) -> None:
    """Tests mirror ocr/: a module has a test module of its name in its folder, or its package's tests import it."""
    if path.stem in {"__init__", "__main__"}:
        return
    folder = ROOT / "tests" / path.parent.relative_to(ROOT / "ocr")
    name = dotted(path)
    package = path.relative_to(ROOT / "ocr").parts[:-1][:1]
    tests = (ROOT / "tests" / package[0]).rglob("*.py") if package else folder.glob("*.py")
    tested = any(f"{one}.".startswith(f"{name}.") for test in tests for one in imports(test))
    assert (folder / f"test_{path.stem}.py").exists() or tested, f"{name} has no test"


def test_architecture_app_is_short() -> None:
    """The web app's entry is settings, server, screen and nothing else."""
    assert len((ROOT / "app.py").read_text().splitlines()) <= 42


@pytest.mark.parametrize("path", sorted((ROOT / "deploy").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_architecture_deploy_stands_alone(path: Path) -> None:
    """What is deployed elsewhere imports nothing of ours; it asks by command."""
    assert not {name for name in imports(path) if name.split(".")[0] == "ocr"}

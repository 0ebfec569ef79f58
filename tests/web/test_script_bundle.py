"""One script made of the components' modules, run by Node."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ocr.web.components import modules
from ocr.web.script_bundle import bundle

NODE = Path(sys.executable).with_name("node")


def run(folder: Path, scripts: dict[str, str], expression: str) -> object:
    """The value of an expression that may call `load`, as a browser would find it."""
    path = folder / "bundle.mjs"
    path.write_text(f"{bundle(scripts)}console.log(JSON.stringify({expression}));\n", encoding="utf-8")
    done = subprocess.run([NODE, path], capture_output=True, text=True, timeout=200, check=True)
    return json.loads(done.stdout)


def test_bundle_imports_what_other_modules_export(tmp_path: Path) -> None:
    scripts = {
        "base/sums.js": 'export const one = 1;\nexport function add(a, b) {\n  return a + b;\n}\nconst hidden = "h";\n',
        "part/part.js": 'import { add, one as first } from "../base/sums.js";\nexport const two = add(first, 1);\n',
    }
    assert run(tmp_path, scripts, 'load("part/part.js")') == {"two": 2}
    assert run(tmp_path, scripts, 'Object.keys(load("base/sums.js"))') == ["one", "add"]


def test_bundle_runs_a_module_once_and_only_when_it_is_wanted(tmp_path: Path) -> None:
    scripts = {
        "a.js": "globalThis.ran = (globalThis.ran ?? 0) + 1;\n",
        "b.js": 'import "./a.js";\n',
        "c.js": 'import "./a.js";\nimport "./b.js";\n',
        "d.js": "globalThis.ran = 100;\n",
    }
    assert run(tmp_path, scripts, '[globalThis.ran ?? 0, (load("c.js"), load("b.js"), globalThis.ran)]') == [0, 1]


def test_bundle_gives_each_module_names_of_its_own(tmp_path: Path) -> None:
    scripts = {
        "a.js": "const name = 1;\nexport const a = () => name;\n",
        "b.js": 'import { a } from "./a.js";\nconst name = 2;\nexport const b = [a(), name];\n',
    }
    assert run(tmp_path, scripts, 'load("b.js").b') == [1, 2]


@pytest.mark.parametrize("name", ["load", "loaded", "modules", "run", "imports"])
def test_bundle_takes_no_name_from_its_modules(name: str, tmp_path: Path) -> None:
    """A module may import, declare and export whatever name the bundle itself has."""
    scripts = {
        "a.js": f"export const {name} = 1;\n",
        "b.js": f'import {{ {name} }} from "./a.js";\nimport {{ c }} from "./c.js";\nexport const b = [{name}, c];\n',
        "c.js": f'import {{ {name} as one }} from "./a.js";\nconst {name} = 2;\nexport const c = one + {name};\n',
    }
    assert run(tmp_path, scripts, 'load("b.js").b') == [1, 3]


def test_bundle_keeps_line_numbers(tmp_path: Path) -> None:
    """An error names the line of the bundle that is as far from the module's first as in the source."""
    script = 'import {\n  one,\n} from "./b.js";\nconsole.log(one);\n'
    lines = bundle({"a.js": script, "b.js": "export const one = 1;\n"}).split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith('"a.js"'))
    assert lines[first + 4] == "console.log(one);"


@pytest.mark.parametrize(
    "script",
    [
        'import * as all from "./b.js";\n',
        'import all from "./b.js";\n',
        'const later = () => import("./b.js");\n',
        "export let count = 0;\n",  # the importers would go on with the first value
        "export default 1;\n",
        'export { x } from "./b.js";\n',
        'import { x } from "./missing.js";\n',
    ],
)
def test_bundle_refuses_what_it_cannot_carry_over(script: str) -> None:
    with pytest.raises(ValueError):
        bundle({"a.js": script, "b.js": "export const x = 1;\n"})


def test_bundle_refuses_circles() -> None:
    with pytest.raises(ValueError, match="circle"):
        bundle({"a.js": 'import "./b.js";\n', "b.js": 'import "./c.js";\n', "c.js": 'import "./b.js";\n'})


def test_bundle_holds_every_module_of_the_page() -> None:
    script = bundle(modules())
    assert all(f"{json.dumps(path)}: {{ imports: " in script for path in modules())

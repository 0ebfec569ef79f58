"""Bundle the components' modules into one script, so that a first visit makes one request instead of thirty.

In the source they are ES modules. Here each becomes a function that runs when the module is first imported. What it
imports are its parameters, and what it exports is the object that it returns. So an import has to name what it takes,
modules may not import each other in a circle, and what is exported may not be assigned to again.
"""

import json
import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

IMPORT = re.compile(r'^import (?:(\{[^}]*\}) from )?"(\.[^"]*)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|function|async function|class) (\w+))", re.MULTILINE)
OTHER = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)


def bundle(modules: Mapping[str, str]) -> str:
    """A script that exports `load(path)`, which runs a module at its first call and returns what it exports.

    Raises:
        ValueError: a module imports what is not there, or is part of a circle, or has another kind of import or export.
    """
    _refuse_circles({path: _imports(path, script) for path, script in modules.items()})
    functions = "".join(f"{json.dumps(path)}: {_function(path, script)},\n" for path, script in modules.items())
    return f"const modules = {{\n{functions}}};\n{LOAD}"


LOAD = """const loaded = {};
export function load(path) {
  loaded[path] ??= modules[path].run(...modules[path].imports.map(load));
  return loaded[path];
}
"""


def _imports(path: str, script: str) -> list[str]:
    return [_resolve(path, match[2]) for match in IMPORT.finditer(script)]


def _resolve(path: str, relative: str) -> str:
    return normpath(join(dirname(path), relative))


def _refuse_circles(imported: Mapping[str, list[str]]) -> None:
    def visit(path: str, importers: tuple[str, ...]) -> None:
        if path not in imported:
            raise ValueError(f"{importers[-1]} imports {path}, which is not there.")
        if path in importers:
            raise ValueError(f"A circle: {' imports '.join((*importers, path))}.")
        for other in imported[path]:
            visit(other, (*importers, path))

    for path in imported:
        visit(path, ())


def _function(path: str, script: str) -> str:
    """A module as what it imports and a function of it; its lines are the function's, after a first one."""
    names = [(match[1] or "{}").replace(" as ", ": ") for match in IMPORT.finditer(script)]
    body = EXPORT.sub("", IMPORT.sub(lambda match: "\n" * match[0].count("\n"), script))
    if other := OTHER.search(body):
        raise ValueError(f"{path}: a bundle cannot hold this: {other[0]}")
    parameters = " ".join(", ".join(names).split())
    returned = f"return {{ {', '.join(EXPORT.findall(script))} }};"
    imports = json.dumps(_imports(path, script))
    return f"{{ imports: {imports}, run: ({parameters}) => {{\n{body}{returned}\n}} }}"

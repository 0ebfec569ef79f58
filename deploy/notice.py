"""Print what a Python environment bundles: each package, its version, licence, native libraries and licence texts.

    .venv/bin/python deploy/notice.py > NOTICE

It needs nothing but Python, and describes the environment of the Python that runs it.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions

HEADER = """\
Third-party software in this environment

Each package is followed by its licence, the shared libraries that it brings along, and the files in which the authors
state the terms. Those files are installed with the packages, below {prefix}.
"""
LICENCE_FILE = re.compile(r"(?i)(^|/)(licen[cs]es?|copying|notice|authors)[^/]*($|/)")
LIBRARY = re.compile(r"([^/]+?)(-[0-9a-f]{8})*(\.so[.0-9]*|\.[.0-9]*dylib|\.dll)$")
EXTENSION_MODULE = re.compile(r"\.(cpython|abi3|pypy)[^/]*\.so$|\.pyd$")


def licence(package: Distribution) -> str:
    """The licence by the package's own metadata: its expression, else its classifiers, else its first line of text."""
    if expression := package.metadata.get("License-Expression"):
        return expression
    classifiers = [line.split(" :: ") for line in package.metadata.get_all("Classifier") or ()]
    named = [words[-1] for words in classifiers if words[0] == "License" and len(words) > 2]
    text = (package.metadata.get("License") or "").strip()
    return ", ".join(named) or text.partition("\n")[0] or "not stated in its metadata; see the files"


def libraries(package: Distribution) -> list[str]:
    """Names of the shared libraries in the package that are no extension modules of Python."""
    names = [str(path).rsplit("/", 1)[-1] for path in package.files or ()]
    return sorted({match[1] for name in names if not EXTENSION_MODULE.search(name) and (match := LIBRARY.match(name))})


def licence_files(package: Distribution) -> list[str]:
    """Paths of the files with the terms, relative to where packages are installed."""
    return sorted(str(path) for path in package.files or () if LICENCE_FILE.search(str(path)) and path.suffix != ".py")


def notice() -> str:
    """The whole text, packages in the order of their names."""
    parts = [HEADER.format(prefix=sys.prefix)]
    for package in sorted(distributions(), key=lambda package: package.name.lower()):
        lines = [f"{package.name} {package.version}", f"  Licence: {licence(package)}"]
        if brought := libraries(package):
            lines.append(f"  Libraries: {', '.join(brought)}")
        lines += [f"  {path}" for path in licence_files(package)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(notice())

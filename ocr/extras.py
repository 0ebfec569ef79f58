"""Optional packages: which extra of the distribution installs them, and the error where they are missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from ocr.errors import MissingExtra
from ocr.i18n import Wording, row, say

PACKAGES = {"app": "gradio", "cpu": "tesserocr", "mcp": "mcp"}
"""Extra → the import package by which it is recognised."""

DISTRIBUTION = "." if (Path(__file__).parents[1] / "pyproject.toml").is_file() else "pagelight"
"""What pip is to install with the extra: the folder of a checkout, or the package that is installed. Never our name in
a checkout, where pip would look for it in an index and might find somebody else's package."""


def is_installed(extra: str) -> bool:
    """Whether the packages of an extra are there; nothing is imported."""
    return find_spec(PACKAGES[extra]) is not None


def require(extra: str, feature: Wording, otherwise: str = "") -> None:
    """Make sure that what a feature needs is installed; `otherwise` is what to do instead of installing it.

    Raises:
        MissingExtra: it is not.
    """
    if not is_installed(extra):
        install = say("Install them: pip install '{name}[{extra}]'", name=DISTRIBUTION, extra=extra)
        raise MissingExtra(
            say("{feature} needs packages that are not installed.", feature=feature), row(" ", [install, otherwise])
        )

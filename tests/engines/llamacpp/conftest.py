"""A hub of the test's own, for the real huggingface_hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines.llamacpp.hub import Hub, running_hub

REPOSITORY = "someone/LightOnOCR-3-0.8B-GGUF"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A repository of two GGUF files and a page, at an address of this machine."""
    files = {"README.md": b"# M", "m-Q8_0.gguf": b"words" * 200_000, "m-mmproj-f16.gguf": b"eyes" * 50_000}
    with running_hub(REPOSITORY, files) as hub:
        yield hub


def hub_environment(home: Path, url: str) -> dict[str, str]:
    """The environment of a program that asks this hub alone, and knows nothing of the developer's own."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))
    }
    return {
        **kept, "HF_HOME": str(home), "HF_ENDPOINT": url, "TQDM_POSITION": "-1", "NO_PROXY": "*",
        "HF_HUB_DISABLE_XET": "1",
    }  # fmt: skip

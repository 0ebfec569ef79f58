"""Which files of a repository or a folder are read: two of its GGUF files, else those of a checkpoint."""

import re
from collections.abc import Iterable
from pathlib import Path

WEIGHTS = ("q8_0", "f16", "bf16", "q6_k", "q5_k_m", "q4_k_m")
"""The precision of a language model's file, in the order in which they are chosen: Q8_0 reads as well as F16."""
MMPROJ_WEIGHTS = ("f16", "bf16", "f32", "q8_0")
"""The same of the vision tower, which suffers from fewer bits; BF16 is slow, or fails, on Metal."""

CHECKPOINT_WEIGHTS = "model*.safetensors"
CHECKPOINT_CONFIGURATION = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "preprocessor_config.json",
    "processor_config.json",
)  # fmt: skip
"""The files of a checkpoint that are read beside its weights, where they are there."""


class NoGguf(Exception):
    """There is no model, or no mmproj, among the files."""

    def __str__(self) -> str:
        """In one line of the log."""
        return f"No GGUF files: {self.args[0]}"


def choose(names: Iterable[str]) -> tuple[str, str]:
    """The names of the model and of its mmproj among those of a repository's or a folder's files.

    Raises:
        NoGguf: one of the two is missing.
    """
    files = sorted(name for name in names if name.lower().endswith(".gguf"))
    mmprojs = [name for name in files if "mmproj" in name.lower()]
    models = [name for name in files if "mmproj" not in name.lower() and not re.search(r"-\d{5}-of-\d{5}", name)]
    if not models or not mmprojs:
        raise NoGguf("there is no " + ("mmproj file" if models else "model") + f" among {', '.join(files) or 'none'}")
    return _first(models, WEIGHTS), _first(mmprojs, MMPROJ_WEIGHTS)


def _first(names: list[str], weights: tuple[str, ...]) -> str:
    """The file of the first precision that there is; of two, the one with the shorter name."""

    def rank(name: str) -> tuple[int, int, str]:
        words = re.split(r"[-.]", name.lower())
        return next((n for n, precision in enumerate(weights) if precision in words), len(weights)), len(name), name

    return min(names, key=rank)


def in_folder(folder: Path) -> tuple[Path, Path]:
    """The model and its mmproj in a folder.

    Raises:
        NoGguf: one of the two is missing.
    """
    model, mmproj = choose(str(path.relative_to(folder)) for path in folder.rglob("*.gguf"))
    return folder / model, folder / mmproj


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder holds weights that are to be converted, and no GGUF files."""
    return any(folder.glob(CHECKPOINT_WEIGHTS)) and not any(folder.rglob("*.gguf"))

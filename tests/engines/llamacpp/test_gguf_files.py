"""Which GGUF files are chosen among those of a repository or a folder."""

from pathlib import Path

import pytest

from ocr.engines.llamacpp.gguf_files import NoGguf, choose, is_checkpoint


@pytest.mark.parametrize(
    ("names", "model", "mmproj"),
    [
        (["README.md", "m-Q4_K_M.gguf", "m-Q8_0.gguf", "m-mmproj-f16.gguf"], "m-Q8_0.gguf", "m-mmproj-f16.gguf"),
        (["m-f16.gguf", "m.mmproj-bf16.gguf", "m.mmproj-f16.gguf"], "m-f16.gguf", "m.mmproj-f16.gguf"),
        (["M-Q4_K_M.gguf", "mmproj-M-Q8_0.gguf", "mmproj-M-BF16.gguf"], "M-Q4_K_M.gguf", "mmproj-M-BF16.gguf"),
        (["gguf/only.gguf", "gguf/mmproj.gguf"], "gguf/only.gguf", "gguf/mmproj.gguf"),
        (["m-q8_0-00001-of-00002.gguf", "m-q4_0.gguf", "mmproj.gguf"], "m-q4_0.gguf", "mmproj.gguf"),
    ],
)
def test_choose(names: list[str], model: str, mmproj: str) -> None:
    """Q8_0 for the words, 16 bits for the eyes, F16 before BF16; what else there is in any order."""
    assert choose(names) == choose(reversed(names)) == (model, mmproj)


@pytest.mark.parametrize("names", [[], ["m.gguf"], ["mmproj.gguf"], ["model.safetensors"]])
def test_choose_nothing(names: list[str]) -> None:
    with pytest.raises(NoGguf):
        choose(names)


def test_is_checkpoint(tmp_path: Path) -> None:
    """A folder with GGUF files is read as it is, whatever else is in it."""
    (tmp_path / "adapter_model.safetensors").touch()
    assert not is_checkpoint(tmp_path)
    (tmp_path / "model-00001-of-00002.safetensors").touch()
    assert is_checkpoint(tmp_path)
    (tmp_path / "gguf").mkdir()
    (tmp_path / "gguf" / "m.gguf").touch()
    assert not is_checkpoint(tmp_path)

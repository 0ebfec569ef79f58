"""What llama-server's log means, where the real one cannot be made to say it (tests/llamacpp does the rest)."""

from __future__ import annotations

from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
from ocr.engines.local.diagnose import explain
from ocr.errors import BadWeights, EngineFailed


def test_program_pieces_of_two_models() -> None:
    """As llama.cpp's source has it: the tiny model is the only one here."""
    line = "0.00.1 E srv  load_model: mismatch between text model (n_embd = 1024) and mmproj (n_embd = 2048)"
    assert type(explain(LLAMA_SERVER, [line], 1, served=False)) is BadWeights


def test_program_unexplained() -> None:
    """An error that nothing here knows is quoted, without the time; those that only follow from it are not."""
    lines = [
        "0.00.015.316 I srv    load_model: loading model 'm.gguf'",
        "0.00.020.103 E llama_model_load: the cat sat on the model",
        "0.00.020.109 E srv    load_model: failed to load model, 'm.gguf'",
        "0.00.020.779 E srv  llama_server: exiting due to model loading error",
    ]
    error = explain(LLAMA_SERVER, lines, 1, served=False)
    assert type(error) is EngineFailed
    assert error.message == "llama-server did not start: llama_model_load: the cat sat on the model."

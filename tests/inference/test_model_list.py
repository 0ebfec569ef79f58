"""The models that servers list, each in its own way."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from ocr.config.profiles import Model, ReadOptions, choose_model
from ocr.errors import NoImages, NoModelListed, UnknownModel
from ocr.events import Delta, Finished
from ocr.inference.model_list import listed_models, served_model, slots_of
from ocr.types import PageImage

LLAMA: dict[str, Any] = {
    "id": "a",
    "aliases": ["a", "b"],
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "meta": {"n_ctx": 8192, "n_ctx_train": 16384},
}
"""As llama-server of October 2026 lists it."""


def test_list_of_vllm() -> None:
    entry = {"id": "a", "root": "org/a", "max_model_len": 16384, "revision": "r"}
    assert listed_models(entry) == [Model("a", "org/a", 16384, "r")]


def test_list_of_llama_server() -> None:
    """Each alias is a name of the model; the context is that of one slot."""
    assert listed_models(LLAMA) == [Model("a", max_model_len=8192), Model("b", max_model_len=8192)]


def test_list_context_the_model_has_not_learnt() -> None:
    """A slot may be longer than what the model was trained for; then that is the limit."""
    (model,) = listed_models({"id": "a", "meta": {"n_ctx": 32768, "n_ctx_train": 16384}})
    assert model.max_model_len == 16384


@pytest.mark.parametrize("broken", [{"meta": None}, {"meta": {"n_ctx": "8k"}}, {"aliases": "b"}, {"architecture": []}])
def test_list_of_other_shapes(broken: dict[str, Any]) -> None:
    """While it loads llama-server has no `meta`; what is of another shape was not said."""
    models = listed_models({"id": "a", **broken})
    assert models == [Model("a")]


def test_list_without_images() -> None:
    """A server without the vision tower is told apart before a page is sent."""
    models = tuple(listed_models({**LLAMA, "architecture": {"input_modalities": ["text"]}}))
    with pytest.raises(NoImages, match="--mmproj"):
        choose_model(models)


@pytest.mark.parametrize(("props", "slots"), [('{"total_slots": 4}', 4), ("{}", None), ("<html>", None), ("[]", None)])
def test_list_slots(props: str, slots: int | None) -> None:
    assert slots_of(props) == slots


class Lists:
    """A reader with these models."""

    def __init__(self, *models: Model) -> None:
        self._models = models

    async def models(self) -> tuple[Model, ...]:
        if not self._models:
            raise NoModelListed("none")
        return self._models

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        raise AssertionError("no page is read")
        yield


@pytest.mark.anyio
async def test_list_served_model() -> None:
    """The one named, else the first; a server that lists none is asked for the one named."""
    assert await served_model(Lists(Model("a"), Model("b")), "") == Model("a")
    assert await served_model(Lists(Model("a"), Model("b")), "b") == Model("b")
    assert await served_model(Lists(), "b") == Model("b")
    with pytest.raises(NoModelListed):
        await served_model(Lists(), "")
    with pytest.raises(UnknownModel):
        await served_model(Lists(Model("a")), "b")

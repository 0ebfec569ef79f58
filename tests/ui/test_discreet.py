"""What strangers learn of a server that died."""

from __future__ import annotations

import pytest

from ocr.errors import EngineFailed, OcrError, Refused
from ocr.page import PageImage
from ocr.profiles import Model, read_options
from ocr.ui.discreet import discreet
from tests.ui.readers import ScriptedReader, forever

pytestmark = pytest.mark.anyio
SECRET = EngineFailed("It died: /home/me/secret.", "See /home/me/log.")
PAGE = PageImage(1, 1, b"", "image/png")


async def test_discreet_hides_the_log_from_strangers() -> None:
    """Neither asking for models nor reading a page tells a stranger what the log said; other errors pass."""
    reader = ScriptedReader([[SECRET], [Refused("It said no.", "Do this.")]], down=SECRET)
    shy = discreet(reader, public=True)
    for asked in (shy.models, lambda: anext(shy.read(PAGE, read_options(Model("m"))))):
        with pytest.raises(EngineFailed) as caught:
            await asked()
        assert "secret" not in str(caught.value)
    with pytest.raises(OcrError, match="It said no"):
        await anext(shy.read(PAGE, read_options(Model("m"))))


async def test_discreet_ends_the_request_with_its_own_end() -> None:
    """Whoever stops listening ends the request at once, not when the garbage collector comes by."""
    reader = ScriptedReader([["text", forever]])
    answer = discreet(reader, public=True).read(PAGE, read_options(Model("m")))
    await anext(answer)
    await answer.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert reader.closed.is_set()


async def test_discreet_only_in_public() -> None:
    """On one's own machine nothing is hidden."""
    reader = ScriptedReader([[]])
    assert discreet(reader, public=False) is reader

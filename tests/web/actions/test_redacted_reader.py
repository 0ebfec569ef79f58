"""What strangers learn of a server that died."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ocr.config.profiles import Model, read_options
from ocr.engines.outage import Outage
from ocr.engines.select import Server
from ocr.engines.server_members import Member
from ocr.errors import EngineFailed, NameNotResolved, OcrError, Refused, StreamError, Unreachable
from ocr.i18n import gettext, join
from ocr.inference.http_errors import status_error
from ocr.pipeline.concurrency import AdaptiveLimiter
from ocr.types import PageImage
from ocr.web.actions.redacted_reader import ALIAS, RedactedReader, address_pattern, anonymized
from ocr.web.locale.translation import french
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader, forever

pytestmark = pytest.mark.anyio
SECRET = EngineFailed("It died: /home/me/secret.", "See /home/me/log.")
URL = "http://ada:word@gpu-7.internal:8000/v1"
PAGE = PageImage(1, 1, b"", "image/png")


async def test_redacted_reader_hides_the_log_from_strangers() -> None:
    """Neither asking for models nor reading a page tells a stranger what the log said; other errors pass."""
    reader = ScriptedReader([[SECRET], [Refused("It said no.", "Do this.")]], down=SECRET)
    redacted = RedactedReader(reader, (URL,))
    for asked in (redacted.models, lambda: anext(redacted.read(PAGE, read_options(Model("m"))))):
        with pytest.raises(EngineFailed) as caught:
            await asked()
        assert "secret" not in str(caught.value)
    with pytest.raises(OcrError, match="It said no"):
        await anext(redacted.read(PAGE, read_options(Model("m"))))


async def test_redacted_reader_ends_the_request_with_its_own_end() -> None:
    """Whoever stops listening ends the request at once, not when the garbage collector comes by."""
    reader = ScriptedReader([["text", forever]])
    answer = RedactedReader(reader, (URL,)).read(PAGE, read_options(Model("m")))
    await anext(answer)
    await answer.aclose()  # type: ignore[attr-defined]  # it is a generator
    assert reader.closed.is_set()


@pytest.mark.parametrize("said", [URL, "http://gpu-7.internal:8000", "gpu-7.internal:8000", "GPU-7.internal", "no"])
async def test_redacted_reader_names_no_address(said: str) -> None:
    """In no form, whether the message names it or the server's own words do; in French neither."""
    errors = (
        status_error(URL, 429, {}, f"{said} is full"),
        status_error(URL, 404, {}, f"no model at {said}"),
        status_error("http://gpu-7.internal:8000", 401, {}, ""),
        Unreachable(gettext("Nothing answers at {url}.", url=URL), "Check."),
        NameNotResolved(gettext("The host name {host} cannot be resolved.", host="gpu-7.internal"), "Check."),
        StreamError(join(" ", [gettext("{url} failed ({status}): {said}.", url=URL, status=500, said=said)]), "Again."),
    )
    reader = ScriptedReader([[error] for error in errors])
    redacted = RedactedReader(reader, (URL,))
    for error in errors:
        with pytest.raises(type(error)) as caught:
            await anext(redacted.read(PAGE, read_options(Model("m"))))
        for text in (str(caught.value), french(caught.value.full_message)):
            assert not re.search("gpu-7|8000|word@", text, re.IGNORECASE), text


@pytest.mark.parametrize("host", ["vllm", "10.0.0.5", "localhost"])
async def test_redacted_reader_leaves_other_words_alone(host: str) -> None:
    pattern = address_pattern(f"http://{host}:8000/v1")
    for text in ("vllm-like", "10.0.0.55", "my-localhost", "110.0.0.5"):
        assert pattern.sub(ALIAS, text) == text


async def test_redacted_reader_server_is_named_by_an_alias() -> None:
    """Its member, which may be left out or away later, is the same."""
    member = Member("http://gpu.example:8000/v1", Outage("gpu.example:8000", 60), AdaptiveLimiter())
    hidden = anonymized(replace(LIGHTON, members=(member,)))
    assert hidden.members == (member,)
    assert hidden.url
    assert not any("gpu.example" in url for url in (hidden.url, *hidden.urls))


async def test_redacted_reader_cpu_engine_stays_what_it_is() -> None:
    """It has no address to hide, and strangers too are told that it is not LightOnOCR."""
    assert anonymized(Server(None, "", 2)).embedded

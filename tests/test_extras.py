"""extras.py: what is missing is named together with what installs it; tests/test_package.py does so where it is."""

from __future__ import annotations

import pytest

from ocr import extras
from ocr.errors import MissingExtra
from ocr.i18n import say


@pytest.mark.parametrize("extra", list(extras.PACKAGES))
def test_extras_missing(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    extras.require(extra, say("This"))
    monkeypatch.setitem(extras.PACKAGES, extra, "no_such_package")
    assert not extras.is_installed(extra)
    with pytest.raises(MissingExtra) as raised:
        extras.require(extra, say("This"), "Or do that.")
    assert raised.value.exit_code == 2
    assert f"'.[{extra}]'" in raised.value.next_step
    assert raised.value.next_step.endswith(" Or do that.")

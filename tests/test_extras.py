"""extras.py: what is missing is named together with what installs it; tests/test_package.py does so where it is."""

from __future__ import annotations

import re
import shlex
import tomllib
from dataclasses import replace

import pytest
from packaging.requirements import Requirement

from ocr import extras
from ocr.errors import MissingExtra
from ocr.extras import EXTRAS
from ocr.i18n import gettext
from tests.conftest import ROOT

OFFERED = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


def pip_arguments(text: str) -> list[str]:
    """What a message tells pip to install."""
    (command,) = re.findall("`(pip install .*?)`", text)
    return shlex.split(command)[2:]


@pytest.mark.parametrize("extra", EXTRAS)
def test_extras_are_those_of_the_distribution(extra: str) -> None:
    """A message names the packages that the distribution's extra has, as a shell and pip take them."""
    arguments = pip_arguments(extras.how_to_install(extra))
    assert set(arguments) == set(OFFERED[extra])
    assert all(Requirement(argument).specifier for argument in arguments)


@pytest.mark.parametrize("extra", EXTRAS)
@pytest.mark.parametrize("in_checkout", [True, False], ids=["checkout", "installed"])
def test_extras_missing(extra: str, in_checkout: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """setup.sh is named in a checkout alone; our own name nowhere, since in an index it may be another project's."""
    monkeypatch.setattr(extras, "IN_CHECKOUT", in_checkout)
    extras.require(extra, gettext("This"))
    monkeypatch.setitem(EXTRAS, extra, replace(EXTRAS[extra], module="no_such_package"))
    assert not extras.is_installed(extra)
    with pytest.raises(MissingExtra) as raised:
        extras.require(extra, gettext("This"), "Or do that.")
    assert raised.value.exit_code == 2
    step = raised.value.next_step
    assert pip_arguments(step)
    assert "pagelight" not in step
    assert ("setup.sh" in step) == in_checkout
    assert step.endswith(" Or do that.")


@pytest.mark.parametrize("extra", EXTRAS)
def test_extras_in_a_checkout(extra: str) -> None:
    """The command that the message names is one of setup.sh."""
    (command,) = re.findall(r"`\./setup\.sh (\w+)`", extras.how_to_install(extra))
    assert re.search(rf"(?m)^  {command}\)$", (ROOT / "setup.sh").read_text())

"""The models a visitor can pick: first those the server has, after them the published ones that it does not have."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterable

from ocr.config.profiles import CHECKPOINTS, TESSERACT, UNKNOWN, Checkpoint, Model, profile_for, read_options
from ocr.config.read_request import ReadRequest
from ocr.i18n import gettext
from ocr.web.state.model_choice import Choice
from ocr.web.views import engine_messages, messages


def choices(models: tuple[Model, ...], defaults: ReadRequest) -> tuple[Choice, ...]:
    """What to offer.

    Args:
        models: the server's; nothing is offered while they are not known.
        defaults: of the settings; they hold where the visitor says nothing. Their model is offered even if nobody has
            heard of it.
    """
    if not models:
        return ()
    there = {checkpoint_of(model) for model in models}
    others = [checkpoint.id for checkpoint in CHECKPOINTS if checkpoint not in there]
    if defaults.model and defaults.model not in [*others, *(model.id for model in models)]:
        others.insert(0, defaults.model)
    names = _names([*(model.id for model in models), *others])
    embedded = all(profile_for(model) is TESSERACT for model in models)
    served = ", ".join(names[model.id] for model in models)
    return (
        *(_choice(model, names[model.id], defaults) for model in models),
        *(
            _choice(
                Model(other),
                names[other],
                defaults,
                engine_messages.not_served(names[other], served, embedded=embedded),
            )
            for other in others
        ),
    )


def preferred(models: tuple[Model, ...], wanted: str) -> str:
    """The ID that is picked until the visitor picks another: the one of the settings, else the server's first."""
    return wanted or next((model.id for model in models), "")


def checkpoint_of(model: Model) -> Checkpoint | None:
    """The published model that this is, or is made of, whatever its prefix, path, case or suffix."""
    for name in (model.id, model.root or ""):
        folded = re.sub(r"[_\s]+", "-", name.lower())
        found = [one for one in CHECKPOINTS if re.search(rf"(?<!\w){re.escape(_last(one.id).lower())}(?!\w)", folded)]
        if found:
            return max(found, key=lambda one: len(one.id))
    return None


def _choice(model: Model, name: str, defaults: ReadRequest, missing: str = "") -> Choice:
    """`missing` says that the server does not have it."""
    profile, options = profile_for(model), read_options(model, defaults)
    return Choice(
        id=model.id,
        name=name,
        purpose=_purpose(model),
        served=not missing,
        notice=missing or (messages.UNKNOWN_MODEL if profile is UNKNOWN else ""),
        command=shlex.join(("vllm", "serve", model.id, *profile.serve_flags)) if missing else "",
        layout=profile.layout_prompt is not None,
        sampling=profile is not TESSERACT,
        defaults={
            "longest_side": str(options.longest_side),
            "temperature": gettext("{number:g}", number=options.temperature),
            "top_p": gettext("{number:g}", number=options.top_p),
            "max_tokens": str(options.most_tokens) if options.most_tokens else messages.ALL_THAT_FITS,
        },
    )


def _purpose(model: Model) -> str:
    profile, checkpoint = profile_for(model), checkpoint_of(model)
    if profile is TESSERACT:
        return gettext("CPU engine")
    if checkpoint:
        return gettext(checkpoint.purpose)
    return gettext("unknown family") if profile is UNKNOWN else gettext("{family} family", family=profile.family)


def _names(ids: Iterable[str]) -> dict[str, str]:
    """ID → what to call it, so that no two are called the same."""
    ids = list(ids)
    count = Counter(_last(one) for one in ids)
    return {one: _last(one) if count[_last(one)] == 1 else one for one in ids}


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2] or path

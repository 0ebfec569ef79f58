"""The models offered to a visitor: those that the server has, then published ones that it does not have."""

import re
import shlex
from collections import Counter

from ocr.config.profiles import (
    CHECKPOINTS,
    TESSERACT,
    UNKNOWN,
    Checkpoint,
    Model,
    ReadOptions,
    profile_for,
    read_options,
)
from ocr.config.read_request import ReadRequest
from ocr.i18n import gettext
from ocr.web.state.model_choice import ModelChoice
from ocr.web.state.session import Session
from ocr.web.views import engine_messages, messages
from ocr.web.views.engine_messages import short_name


def choices(models: tuple[Model, ...], defaults: ReadRequest) -> tuple[ModelChoice, ...]:
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
    names = _unique_names([*(model.id for model in models), *others])
    embedded = all(profile_for(model) is TESSERACT for model in models)
    served = ", ".join(names[model.id] for model in models)
    offered = [_choice(model, names[model.id], defaults) for model in models]
    for other in others:
        missing = engine_messages.not_served(names[other], served, embedded=embedded)
        offered.append(_choice(Model(other), names[other], defaults, missing))
    return tuple(offered)


def checkpoint_of(model: Model) -> Checkpoint | None:
    """The published model that this is, or is made of, whatever its prefix, path, case or suffix."""
    for name in (model.id, model.root or ""):
        folded = re.sub(r"[_\s]+", "-", name.lower())
        found = [
            one for one in CHECKPOINTS if re.search(rf"(?<!\w){re.escape(short_name(one.id).lower())}(?!\w)", folded)
        ]
        if found:
            return max(found, key=lambda one: len(one.id))
    return None


def _choice(model: Model, name: str, defaults: ReadRequest, missing: str = "") -> ModelChoice:
    """`missing` says that the server does not have it."""
    profile, options = profile_for(model), read_options(model, defaults)
    return ModelChoice(
        id=model.id,
        name=name,
        purpose=_purpose(model),
        served=not missing,
        notice=missing or (messages.UNKNOWN_MODEL if profile is UNKNOWN else ""),
        command=shlex.join(("vllm", "serve", model.id, *profile.serve_flags)) if missing else "",
        layout=profile.layout_prompt is not None,
        sampling=profile is not TESSERACT,
        defaults=option_values(options),
    )


def _purpose(model: Model) -> str:
    profile, checkpoint = profile_for(model), checkpoint_of(model)
    if profile is TESSERACT:
        return gettext("CPU engine")
    if checkpoint:
        return gettext(checkpoint.purpose)
    return gettext("unknown family") if profile is UNKNOWN else gettext("{family} family", family=profile.family)


def _unique_names(ids: list[str]) -> dict[str, str]:
    """ID → what to call it, so that no two are called the same."""
    count = Counter(map(short_name, ids))
    return {one: short_name(one) if count[short_name(one)] == 1 else one for one in ids}


def option_values(options: ReadOptions) -> dict[str, str]:
    """What holds where the fields under Advanced, or those of Read again, are left empty."""
    return {
        "longest_side": str(options.longest_side),
        "temperature": gettext("{number:g}", number=options.temperature),
        "top_p": gettext("{number:g}", number=options.top_p),
        "max_tokens": str(options.most_tokens) if options.most_tokens else gettext("as many as fit"),
    }


def options_in_use(session: Session, name: str = "") -> ReadOptions | None:
    """How pages are read by the model of this name, by default the one that reads, else the one that would.

    None where no server has said that it has it.
    """
    wanted = name or (session.run.model if session.run and session.busy else session.preferred)
    model = next((model for model in session.models if model.id == wanted), None)
    return read_options(model) if model else None

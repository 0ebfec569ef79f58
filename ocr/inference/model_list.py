"""The models of a server, from the entries of its `/v1/models`: vLLM and llama-server tell different things there."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ocr.config.profiles import Model, choose_model
from ocr.encodable_text import encodable
from ocr.errors import NoModelListed
from ocr.inference.reader import Reader


def listed_models(entry: dict[str, Any]) -> list[Model]:
    """The model of an entry under each of its names; what is of another shape than it should be was not said.

    llama-server has one model, which it lists with its aliases. Its context is that of a slot, which may be longer than
    the model has learnt.
    """
    root, revision, meta = entry.get("root"), entry.get("revision"), entry.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    limits = [_positive(limit) for limit in (entry.get("max_model_len"), meta.get("n_ctx"), meta.get("n_ctx_train"))]
    aliases, owner = entry.get("aliases"), entry.get("owned_by")
    names = [entry["id"], *(aliases if isinstance(aliases, list) else ())]
    return [
        Model(
            encodable(name),
            root if isinstance(root, str) else None,
            min((limit for limit in limits if limit), default=None),
            revision if isinstance(revision, str) else None,
            reads_images=_reads_images(entry),
            owned_by=owner if isinstance(owner, str) else None,
        )
        for name in dict.fromkeys(map(str, names))
    ]


def slots_of(props: str) -> int | None:
    """The number of slots in llama-server's `/props`; None where it does not tell."""
    try:
        slots = json.loads(props)["total_slots"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return _positive(slots)


async def served_model(reader: Reader, wanted: str, away: Callable[[], Sequence[str]] = tuple) -> Model:
    """The model to read with: the one named, else the server's first.

    A server that lists none, as `transformers serve` does, is asked for the one named.

    Raises:
        UnknownModel: there is no such model; servers that are `away`, once all were asked, may have it.
        ServerError: the server's.
    """
    try:
        models = await reader.models()
    except NoModelListed:
        if not wanted:
            raise
        return Model(wanted)
    return choose_model(models, wanted, away())


def _positive(number: object) -> int | None:
    return number if type(number) is int and number > 0 else None


def _reads_images(entry: dict[str, Any]) -> bool:
    """False only where the server says so."""
    architecture = entry.get("architecture")
    modalities = architecture.get("input_modalities") if isinstance(architecture, dict) else None
    return "image" in modalities if isinstance(modalities, list) else True

"""The value of the offer to read with LightOnOCR on this computer: its cost, its start, how it is doing."""

from collections.abc import Mapping
from typing import Any

from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.local_offer import LocalOffer
from ocr.engines.offered_server import OfferedServer
from ocr.i18n import Translatable, gettext, join, ngettext
from ocr.web.views import engine_messages, messages
from ocr.web.views.engine_status import percent

NOTHING: dict[str, Any] = {
    "state": "", "about": "", "cost": "", "faster": "", "start": "", "stop": "", "stage": "", "progress": "",
    "elapsed": "", "share": None, "obstacle": "", "problem": "",
}  # fmt: skip
"""Where nothing is offered."""


def offer(offered: OfferedServer | None, last_page_s: Mapping[str, float]) -> dict[str, Any]:
    """What the offer shows; `last_page_s` is how long the last page took, by model."""
    if offered is None or offered.offer is None:
        return NOTHING
    last_s, state = last_page_s.get(offered.offer.model), offered.state
    if offered.stopping:
        return NOTHING | {"state": "changing", "stage": gettext("stopping…")}
    if offered.starting or (state and not state.settled):
        return NOTHING | _starting(state)
    if state and state.stage is Stage.READY:
        return NOTHING | _ready(offered.offer, last_s)
    problem = state.problem if state else offered.problem
    return NOTHING | _offered(offered.offer, last_s) | {"problem": problem.full_message if problem else ""}


def _starting(state: ServerState | None) -> dict[str, Any]:
    value = {
        "state": "changing",
        "about": gettext("Pages are read by Tesseract meanwhile."),
        "stage": gettext((state.stage if state else Stage.STARTING).value),
        "stop": gettext("Cancel"),
    }
    if state is None:
        return value
    if state.problem:
        value["problem"] = engine_messages.crash(state.problem.message, state.restarts, settled=False)
    amount = state.progress.partition(", ")[2]
    share = percent(state)
    shown = gettext("{percent} %", percent=share) if share is not None else ""
    elapsed = messages.duration(state.elapsed)
    return value | {"progress": join(" · ", [shown, amount]), "elapsed": elapsed, "share": share}


def _ready(offer: LocalOffer, last_s: float | None) -> dict[str, Any]:
    model = engine_messages.short_name(offer.model)
    return {
        "state": "ready",
        "about": gettext("{model} reads the pages. Tesseract stays under Model.", model=model),
        "cost": _page_cost(offer, last_s),
        "stop": gettext("Stop {model}", model=model),
    }


def _offered(offer: LocalOffer, last_s: float | None) -> dict[str, Any]:
    """What it costs and the button; in their place what stands in the way, if anything does."""
    about = gettext("Fewer mistakes than Tesseract, and formulas too, but slower. Pages stay on this computer.")
    if offer.obstacle:
        return {"state": "refused", "about": about, "obstacle": offer.obstacle.full_message}
    gigabytes = offer.download_bytes / 1e9
    download = gettext("{size:.1f} GB to download, once.", size=gigabytes) if gigabytes else ""
    faster = gettext("Fewer pixels: small print may be misread")
    if offer.fewer_pixels_s is not None and last_s is None:
        time = messages.roughly(offer.fewer_pixels_s)
        faster = gettext("Fewer pixels: about {time} a page; small print may be misread", time=time)
    return {
        "state": "offered",
        "about": about,
        "cost": join(" ", [download, _page_cost(offer, last_s)]),
        "faster": faster,
        "start": gettext("Download and start") if gigabytes else gettext("Start"),
    }


def _page_cost(offer: LocalOffer, last_s: float | None) -> Translatable:
    if last_s is not None:
        return gettext("The last page took {time}.", time=messages.duration(last_s))
    if offer.page_s is None:
        return gettext("The first page will show how long one takes on this GPU.")
    return ngettext(
        "A page takes about {time} on {count} core.",
        "A page takes about {time} on {count} cores.",
        offer.cores,
        time=messages.roughly(offer.page_s),
    )

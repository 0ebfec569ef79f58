"""The server as a person says it: its name and its state in the masthead, and what its panel tells of it."""

import shlex
from dataclasses import asdict
from typing import Any

from ocr.config.command_line import invocation
from ocr.config.profiles import Boxes, Model, profile_for
from ocr.errors import ServerUnavailable, TlsFailed, UnknownModel, WrongKey
from ocr.i18n import gettext, join
from ocr.web.state.session import Session
from ocr.web.views import messages
from ocr.web.views.engine_messages import short_name
from ocr.web.views.engine_status import EngineStatus
from ocr.web.views.model_choices import options_in_use

SERVED_MODEL = "lightonai/LightOnOCR-3-1B"
"""The one in the commands: text and layout, on any GPU of 8 GB."""
UNUSABLE = (WrongKey, TlsFailed, UnknownModel)
"""What does not pass by waiting; the server is there."""
BOXES = {
    Boxes.NONE: gettext("It places nothing on the page."),
    Boxes.FIGURES: gettext("It places figures on the page."),
    Boxes.LAYOUT: gettext("It places every block on the page."),
}


def masthead(session: Session, engine: EngineStatus) -> dict[str, Any]:
    """What the masthead shows: whose engine it is, how it is doing, and the panel behind that."""
    value = engine.value()
    sign, said = _state(session, engine, value["sign"])
    model = "" if engine.server.embedded else short_name(_model(session, engine))
    host = "" if engine.server.local or engine.public else value["engine"]
    again = engine.next_check_s(options_in_use(session))
    return value | {
        "engine": value["engine"] if engine.server.embedded else join(" · ", filter(None, (model, host))),
        "sign": sign,
        "said": said,
        "again": None if again is None else round(again, 1),
        "good": _good_at(session, engine),
        "pace": messages.pages_per_second(session.run) if session.run else "",
        "model": model,
        "change": _change(session) if engine.changeable else None,
    }


def _change(session: Session) -> dict[str, Any]:
    """The check of a server that is to take this one's place; what was typed as its key is in none of it."""
    checked = session.checked_server
    if checked is None:
        return {"busy": False, "used": False, "findings": []}
    return {"busy": checked.busy, "used": checked.used, "findings": [asdict(one) for one in checked.findings]}


def _model(session: Session, engine: EngineStatus) -> str:
    """The one that is read with where nobody picks another."""
    if engine.model:
        return engine.model.id
    return session.preferred if session.models else ""


def _state(session: Session, engine: EngineStatus, sign: str) -> tuple[str, str]:
    """The sign and its word, empty where there is nothing to say."""
    problem = session.server_problem
    if engine.state or engine.server.embedded:
        return sign, gettext("ready") if sign == "ready" else ""
    away = engine.away_s(options_in_use(session)) is not None
    if away or (isinstance(problem, ServerUnavailable) and not isinstance(problem, UNUSABLE)):
        return "away", gettext("not answering")
    if problem:
        return "failed", gettext("cannot be used")
    return ("ready", gettext("ready")) if session.models else ("asking", gettext("connecting…"))


def _good_at(session: Session, engine: EngineStatus) -> str:
    """What the model is for, and what it places; empty where no model is known."""
    name = _model(session, engine)
    choice = next((choice for choice in session.choices if choice.id == name), None)
    if choice is None or not choice.purpose or engine.server.embedded:
        return ""  # what there is to say of the CPU engine is said already
    return join(" ", [gettext("{purpose}.", purpose=choice.purpose), BOXES[profile_for(Model(name)).boxes]])


def ways() -> list[dict[str, str]]:
    """Ways to read with LightOnOCR, each with the command to copy."""
    model = Model(SERVED_MODEL)
    app = invocation("app")
    return [
        {
            "title": gettext("vLLM on a machine with an NVIDIA GPU"),
            "about": gettext("Start it there, then Pagelight with --server-url and its address."),
            "command": shlex.join(("vllm", "serve", model.id, *profile_for(model).serve_flags)),
        },
        {
            "title": gettext("llama.cpp on this computer"),
            "about": gettext("Without a GPU too, more slowly. The model is downloaded once, 0.9 GB."),
            "command": f"{app} --local",
        },
        {
            "title": gettext("A rented GPU at RunPod"),
            "about": gettext("From a checkout of Pagelight; it costs until it is stopped."),
            "command": "python deploy/runpod/pod.py create",
        },
        {
            "title": gettext("A GPU by the second at Modal"),
            "about": gettext("From a checkout of Pagelight; nothing is paid while nobody reads."),
            "command": f"make -C deploy/modal deploy MODEL={SERVED_MODEL}",
        },
    ]

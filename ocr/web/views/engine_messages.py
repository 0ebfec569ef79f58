"""Messages about servers and engines, in English (see translation.py)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from ocr.engines.local.server_state import ServerState
from ocr.engines.select import Server
from ocr.engines.server_members import Member
from ocr.errors import EngineFailed
from ocr.i18n import Translatable, gettext, join, ngettext
from ocr.inference.metrics import Load
from ocr.web.views import messages


def engine_name(server: Server) -> tuple[str, str]:
    """The engine's name for the page's head, and what there is to say about it."""
    if server.embedded:
        return gettext("CPU engine (Tesseract)"), server.note
    if server.local:
        return short_name(server.local.launch.model), server.note
    names = dict.fromkeys(urlsplit(url).netloc.rpartition("@")[2] for url in server.urls)  # without credentials
    return ", ".join(names), server.note


def short_name(model: str) -> str:
    """A model's name without what comes before its last slash."""
    return model.rstrip("/").rpartition("/")[2] or model


def starting(name: str, state: ServerState) -> str:
    """What there is to know while the server is not ready; `name` is its program's."""
    doing = (
        gettext("{server} is restarting", server=name)
        if state.restarts
        else gettext("{server} is starting", server=name)
    )
    return gettext(
        "{doing}: {stage}, {time}. You can browse the documents meanwhile.",
        doing=doing,
        stage=join(" ", [gettext(state.stage.value), state.progress]),
        time=messages.duration(state.elapsed),
    )


def none_answers(name: str, seconds: float) -> str:
    """What is said while a server does not answer; `name` is empty where it is nobody's business."""
    server = name or gettext("the server")
    return gettext("Waiting for {server}, {time}: it does not answer.", server=server, time=messages.duration(seconds))


def some_do_not_answer(names: str) -> str:
    """What is said while some servers do not answer; `names` is empty where they are nobody's business."""
    return gettext("{servers} does not answer; the other servers continue.", servers=names) if names else ""


def servers(members: Sequence[Member]) -> str:
    """How each of several servers is doing: a sentence or two for each; empty for one alone."""
    if len(members) < 2:
        return ""
    differ = len({tuple(member.models or ()) for member in members}) > 1
    return join(" ", [_member(member, differ=differ) for member in members])


def _member(member: Member, *, differ: bool) -> Translatable:
    seconds = member.outage.seconds
    if member.problem:
        return member.describe()
    if seconds is not None:
        return gettext("{server} has not answered for {time}.", server=member.name, time=messages.duration(seconds))
    pages = ngettext(
        "{server} is reading {count} page.",
        "{server} is reading {count} pages.",
        member.limiter.pages,
        server=member.name,
    )
    return join(" ", [pages, member.describe() if differ and member.models is not None else ""])


def server_down() -> EngineFailed:
    """All that strangers are told of a server that died; its log is not theirs to read."""
    return EngineFailed(
        "The model server is not running.", "Whoever operates this page can find the reason in the terminal."
    )


def crash(message: str, restarts: int, *, settled: bool) -> str:
    """Why a server died, and what happens by itself."""
    again = gettext("It is being restarted (restart {number}).", number=restarts)
    return message if settled or not restarts else join(" ", [message, again])


def load(load: Load, servers: int = 1) -> str:
    """How busy the server is, or all together: `Server: 3 running · 13 waiting · 412 tokens/s · cache 8 %`."""
    parts = [gettext("{number} running", number=load.running), gettext("{number} waiting", number=load.waiting)]
    parts += [gettext("{tokens:.0f} tokens/s", tokens=load.speed)] if load.speed is not None else []
    parts += [gettext("cache {percent:.0f} %", percent=100 * load.cache)] if load.cache is not None else []
    busy = join(" · ", parts)
    return (
        gettext("{count} servers: {load}", count=servers, load=busy)
        if servers > 1
        else gettext("Server: {load}", load=busy)
    )


def not_served(name: str, served: str, *, embedded: bool) -> str:
    """Why a published model cannot be read with here, and what comes before its command."""
    if embedded:
        return gettext(
            "The CPU engine cannot run {name}. To read with this model, serve it on a machine with a GPU and start "
            "Pagelight with --server-url and the server's address:",
            name=name,
        )
    return gettext(
        "The server does not have {name}; it serves {served}. To read with {name}, serve it with:",
        name=name,
        served=served,
    )

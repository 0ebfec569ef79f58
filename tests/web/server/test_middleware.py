from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio.utils
import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from ocr.config.settings import Settings
from ocr.documents.renderer import Renderer
from ocr.inference.http_errors import status_error
from ocr.web.server.middleware import RequestGuard, trusted_hosts
from ocr.web.state.session_store import Sessions
from tests.conftest import SAMPLES
from tests.web.api.test_read_endpoint import calling, handle_file
from tests.web.conftest import LIGHTON
from tests.web.readers import ScriptedReader
from tests.web.serving import Served, served


@pytest.fixture(scope="module")
def app(renderer: Renderer) -> Iterator[Served]:
    with served(ScriptedReader([["text"]]), renderer, max_file_mb=1) as app:
        yield app


@pytest.fixture(scope="module")
def http(app: Served) -> Iterator[httpx.Client]:
    with app.client() as client:
        yield client


@pytest.fixture
def upload(http: httpx.Client) -> str:
    """Path of a file that somebody uploaded."""
    answer = http.post("/gradio_api/upload", files={"files": ("secret.pdf", uuid.uuid4().bytes)})
    answer.raise_for_status()
    return str(answer.json()[0])


def join(http: httpx.Client, data: list[Any], **options: Any) -> httpx.Response:
    body = {"data": data, "fn_index": 0, "session_hash": "abc", "event_data": None, "trigger_id": None, **options}
    return http.post("/gradio_api/queue/join", json=body)


def test_security_page_names_only_itself(http: httpx.Client) -> None:
    """The page's policy lets nothing in from outside, its scripts carry the nonce, and it says what it is."""
    answer = http.get("/")
    policy = answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"https?:|\*", policy)
    assert "'unsafe-inline'" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
    (nonce,) = re.findall(r"'nonce-([\w-]+)'", policy)
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script for script in scripts)
    assert answer.text.index("requestAnimationFrame") < answer.text.index("gradio_config")
    assert nonce not in http.get("/").text


def test_security_page_loads_nothing_from_outside(http: httpx.Client) -> None:
    """No script, style, font or image of the page, its theme or its config is fetched from another host."""
    page = http.get("/").text
    assert not re.findall(r"<(?:script|link|img)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//[^\"'>]*", page)
    assert not re.findall(r"url\([\"']?(?:https?:)?//[^)]*", http.get("/theme.css").text)
    config = http.get("/config").json()
    assert config["stylesheets"] == []
    assert not config["analytics_enabled"]


CLOSED = """
/gradio_api/file=https://example.com/ /gradio_api/file=http://127.0.0.1:1/ /gradio_api/file=//example.com/
/gradio_api/file/https://example.com/ /gradio_api/proxy=https://x.hf.space/ /gradio_api/file=/etc/passwd
/gradio_api/file=app.py /gradio_api/file=%2e%2e/app.py /gradio_api/runs /gradio_api/openapi.json /docs /pwa_icon
/gradio_api/custom_component/1/2/3/4 /gradio_api/vibe-code /monitoring /monitoring/summary /openapi.json
/gradio_api/deep_link?session_hash=abc /gradio_api/mcp/ /gradio_api/token /gradio_api/token/ /gradio_api/user
/gradio_api/user/ /token /user /gradio_api/login_check /gradio_api/upload_progress?upload_id=a /gradio_api/queue/status
/gradio_api/dev/reload /gradio_api/stream/a/b/1/playlist.m3u8 /gradio_api/call/read/abc /svelte/svelte.js
"""


@pytest.mark.parametrize("path", CLOSED.split())
def test_security_routes_nobody_needs_are_closed(http: httpx.Client, path: str) -> None:
    """Among them those by which the app would fetch a URL of the visitor's choice, or serve any file."""
    assert http.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["run/predict", "api/predict", "call/arrive", "component_server", "process_recording", "vibe-edit", "stream/1"],
)
def test_security_posts_nobody_needs_are_closed(http: httpx.Client, path: str) -> None:
    assert http.post(f"/gradio_api/{path}", json={"data": []}).status_code == 404


@pytest.mark.parametrize(
    "file",
    [
        {"path": "https://example.com/a.pdf", "meta": {"_type": "gradio.FileData"}},
        {"path": "a", "url": "http://169.254.169.254/", "meta": {"_type": "gradio.FileData"}},
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    ],
)
@pytest.mark.parametrize("wrap", [lambda f: [f], lambda f: ["", {"deep": [{"er": f}]}]], ids=["plain", "nested"])
def test_security_no_file_comes_by_value(http: httpx.Client, file: dict[str, Any], wrap: Any) -> None:
    """An event that names a URL or a path as a file is refused before Gradio sees it."""
    assert join(http, wrap(file)).status_code == 403


def test_security_event_data_carries_no_file_either(http: httpx.Client) -> None:
    file = {"path": "https://example.com/a.pdf", "meta": {"_type": "gradio.FileData"}}
    assert join(http, [], event_data={"files": [file]}).status_code == 403
    assert join(http, ["", None]).status_code == 200


def test_security_a_file_that_was_uploaded_may_be_named(http: httpx.Client, upload: str) -> None:
    """So that programs can; but not with an address beside it."""
    file = {"path": upload, "meta": {"_type": "gradio.FileData"}}
    assert join(http, [file]).status_code == 200
    assert join(http, [{**file, "url": "https://example.com/a.pdf"}]).status_code == 403
    assert join(http, [{**file, "path": f"{upload}/../other"}]).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b'"' + b"x" * 300_000 + b'"'], ids=len)
def test_security_malformed_events_are_refused(http: httpx.Client, body: bytes) -> None:
    """Neither nonsense nor a flood gets further than the door."""
    answer = http.post("/gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 413)


def test_security_uploads_are_never_served(http: httpx.Client, upload: str) -> None:
    """Not even to somebody who knows where a file lies."""
    assert Path(upload).is_file()
    assert http.get(f"/gradio_api/file={upload}").status_code == 404


def test_security_only_the_public_folder_is_served(http: httpx.Client, app: Served) -> None:
    """A page image is; the document beside it, a listing, or a way out of the folder is not."""
    session = app.session("served")
    (session.public / "page.png").write_bytes(b"image")
    (session.private / "0.pdf").write_bytes(b"document")
    answer = http.get(f"/gradio_api/file={session.public}/page.png")
    assert (answer.status_code, answer.content) == (200, b"image")
    for path in (
        session.private / "0.pdf",
        session.public,
        app.desk.sessions.public,
        f"{session.public}/../../private/{session.private.name}/0.pdf",
        f"{session.public}/%2e%2e/%2e%2e/private/{session.private.name}/0.pdf",
    ):
        assert http.get(f"/gradio_api/file={path}").status_code in (403, 404)


def test_security_links_out_of_the_folder_lead_nowhere(http: httpx.Client, app: Served) -> None:
    session = app.session("linked")
    (session.public / "link").symlink_to("/etc/hostname")
    assert http.get(f"/gradio_api/file={session.public}/link").status_code == 404


def test_security_upload_is_bounded(http: httpx.Client) -> None:
    """A file over the limit is refused: by its announced length, or by what really arrives."""
    assert http.post("/gradio_api/upload", files={"files": ("a.pdf", b"x" * 1_200_000)}).status_code == 413

    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.pdf"\r\n\r\n'
        yield b"x" * 2_000_000

    headers = {"content-type": "multipart/form-data; boundary=b"}
    assert http.post("/gradio_api/upload", content=endless(), headers=headers).status_code == 411
    assert http.post("/gradio_api/upload", files={"files": ("a.pdf", b"x" * 1_040_000)}).status_code == 413


def test_security_other_sites_cannot_post(http: httpx.Client) -> None:
    """A page elsewhere cannot press a button here through the visitor's browser."""
    headers = {"sec-fetch-site": "cross-site"}
    assert http.post("/gradio_api/queue/join", json={"data": []}, headers=headers).status_code == 403
    assert http.post("/gradio_api/upload", files={"files": ("a", b"x")}, headers=headers).status_code == 403


def test_security_other_host_names_are_refused(http: httpx.Client) -> None:
    """A name that an attacker points at this machine does not reach the app."""
    assert http.get("/", headers={"host": "evil.example"}).status_code == 400
    assert http.get("/", headers={"host": "localhost:7861"}).status_code == 200


HERE = {"localhost", "127.0.0.1", "[::1]", "::1"}


@pytest.mark.parametrize(
    ("settings", "hosts"),
    [
        (Settings(), HERE),
        (Settings(host="0.0.0.0", allowed_hosts=("ocr.example",)), HERE | {"ocr.example"}),
        (Settings(host="0.0.0.0"), set()),
    ],
)
def test_security_trusted_hosts(settings: Settings, hosts: set[str]) -> None:
    """On loopback only loopback's names; on a public address those listed; none listed, any."""
    assert set(trusted_hosts(settings)) == hosts


def test_security_api_is_not_advertised(http: httpx.Client) -> None:
    """Programs are offered one endpoint, none of the screen's, and no footer links to it."""
    info = http.get("/gradio_api/info").json()
    assert (list(info["named_endpoints"]), info["unnamed_endpoints"]) == (["/read"], {})
    assert http.get("/config").json()["footer_links"] == []


def test_security_auth(renderer: Renderer) -> None:
    """With a password set, nothing but the login page and its looks comes without it."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        session = app.session("x")
        (session.public / "page.png").write_bytes(b"image")
        image = f"/gradio_api/file={session.public}/page.png"
        assert "auth_required" in http.get("/").text
        assert http.get(image).status_code == 401
        assert join(http, [None, None]).status_code == 401
        assert http.post("/login", data={"username": "ada", "password": "byron"}).status_code == 400
        assert http.post("/login", data={"username": "ada", "password": "lovelace"}).status_code == 200
        assert http.get("/logout", headers={"sec-fetch-dest": "image"}).status_code == 404
        assert http.get(image).status_code == 200


def test_security_public_address(renderer: Renderer) -> None:
    """Open to others, the page answers to the names listed, and a Space may show it in its frame; nobody else may."""
    reader = ScriptedReader([["text"]])
    with served(reader, renderer, host="0.0.0.0", allowed_hosts=("ocr.example",)) as app, app.client() as http:
        assert http.get("/", headers={"host": "elsewhere.example"}).status_code == 400
        answer = http.get("/", headers={"host": "ocr.example"})
        assert answer.status_code == 200
        assert "frame-ancestors 'self' https://huggingface.co" in answer.headers["content-security-policy"]


def test_security_nothing_is_left_behind(renderer: Renderer) -> None:
    """When the app has stopped, no visitor's file is on the disk."""
    with served(ScriptedReader([["text"]]), renderer) as app:
        (app.session("x").public / "page.png").write_bytes(b"image")
        root = app.desk.sessions.root
        assert root.is_dir()
        assert not root.is_relative_to(gradio.utils.get_upload_folder())
    assert not root.exists()


@pytest.mark.anyio
async def test_security_guard_keeps_streams_flowing(sessions: Sessions) -> None:
    """An event stream is passed on piece by piece; only Gradio's own page is held back until it is whole."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kind = b"text/html" if scope["path"] == "/" else b"text/event-stream"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        for piece in (b"<script>", b"1</script>"):
            await send({"type": "http.response.body", "body": piece, "more_body": piece == b"<script>"})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    guard = RequestGuard(app, settings=Settings(), sessions=sessions, queue=Any)
    asked: dict[str, Any] = {"type": "http", "method": "GET", "scheme": "http", "headers": [], "query_string": b""}
    await guard({**asked, "path": "/gradio_api/queue/data"}, receive, send)
    assert [message.get("body") for message in sent] == [None, b"<script>", b"1</script>"]
    sent.clear()
    await guard({**asked, "path": "/"}, receive, send)
    assert len(sent) == 2
    assert re.fullmatch(rb'<script nonce="[\w-]+">1</script>', sent[1]["body"])
    assert (b"content-length", str(len(sent[1]["body"])).encode()) in sent[0]["headers"]
    assert json.dumps([name.decode() for name, _ in sent[0]["headers"]])


@pytest.mark.parametrize("path", ["/config", "/gradio_api/info", "/gradio_api/token", "/theme.css", "/"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_security_other_sites_read_nothing(http: httpx.Client, path: str, origin: str) -> None:
    """A script elsewhere gets neither an answer nor leave to read one, whatever its browser says of it."""
    for method in ("GET", "OPTIONS"):
        headers = {"origin": origin, "access-control-request-method": "GET"}
        answer = http.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_security_grants_no_origin_anything(http: httpx.Client, app: Served) -> None:
    """Gradio answers with credentialed CORS; the page itself needs none."""
    answer = http.get("/config", headers={"origin": app.url.rstrip("/")})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_security_a_link_from_elsewhere_opens_the_page(http: httpx.Client) -> None:
    """So does the frame of a Space."""
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert http.get("/", headers=headers).status_code == 200


def test_security_every_body_is_bounded(http: httpx.Client) -> None:
    """What is read whole into memory is short, wherever it is posted."""
    for path in ("/login", "/gradio_api/cancel", "/gradio_api/reset"):
        assert http.post(path, content=b"x" * 100_000).status_code == 413


def test_security_cookies_stay_on_this_site(renderer: Renderer) -> None:
    """No other site's request carries them and no script reads them; over https they are sent over https alone."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        login = {"username": "ada", "password": "lovelace"}
        plain = http.post("/login", data=login).headers.get_list("set-cookie")
        tls = http.post("/login", data=login, headers={"x-forwarded-proto": "https"}).headers.get_list("set-cookie")
        assert len(plain) == len(tls) == 2
        for cookie in (*plain, *tls):
            assert "samesite=lax" in cookie.lower()
            assert "samesite=none" not in cookie.lower()
            assert "httponly" in cookie.lower()
        assert [cookie for cookie in plain if "secure" in cookie.lower().split("; ")] == []
        assert [cookie for cookie in tls if "secure" not in cookie.lower().split("; ")] == []


def test_security_wrong_passwords_are_slowed_down(renderer: Renderer) -> None:
    """The address that guesses waits, even with the right password; another one's visitors do not."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace"), mcp=True) as app, app.client() as http:
        right = {"username": "ada", "password": "lovelace"}
        guesses = [http.post("/login", data={**right, "password": str(number)}) for number in range(6)]
        assert [guess.status_code for guess in guesses] == [400] * 5 + [429]
        assert int(guesses[-1].headers["retry-after"]) >= 1
        assert http.post("/login", data=right).status_code == 429
        french = http.post("/login", data=right, headers={"accept-language": "fr-FR"}).text
        assert french != guesses[-1].text
        tool = {"authorization": f"Basic {base64.b64encode(b'ada:lovelace').decode()}"}
        assert http.post("/gradio_api/mcp/", json={}, headers=tool).status_code == 429
        elsewhere = {"x-forwarded-for": "203.0.113.9"}
        assert http.post("/login", data=right, headers=elsewhere).status_code == 200
        for _ in range(7):  # right ones cost nothing
            assert http.post("/gradio_api/mcp/", json={}, headers={**tool, **elsewhere}).status_code != 429


def test_security_public_page_hides_the_model_server(renderer: Renderer) -> None:
    """Neither the page, its config, a status, an error nor a program's result names where the model runs."""
    failing = [[status_error(LIGHTON.url, 500, {}, "gpu.example:8000 has no room")]] * 6
    with served(ScriptedReader([["text"], *failing]), renderer, host="0.0.0.0") as app, app.client() as http:
        told = [http.get(path).text for path in ("/", "/config", "/gradio_api/info")]
        with calling(app) as client:
            for _ in range(2):
                told += [
                    json.dumps(one) for one in client.submit(handle_file(SAMPLES / "receipt.jpg"), api_name="/read")
                ]
    assert "has no room" in told[-1]
    assert '"text"' in "".join(told)
    assert [text for text in told if "gpu.example" in text] == []

from __future__ import annotations

from ocr.documents.renderer import Renderer
from tests.web.readers import ScriptedReader
from tests.web.serving import served

FILE = {"files": ("a.pdf", b"content")}


def test_upload_route_asks_who_one_is(renderer: Renderer) -> None:
    """Before a byte of the file is written; Gradio's log-in counts, no other cookie does."""
    with served(ScriptedReader([["text"]]), renderer, auth=("ada", "lovelace")) as app, app.client() as http:
        assert http.post("/gradio_api/upload", files=FILE).status_code == 401
        forged = {"cookie": f"access-token-{app.desk.app.cookie_id}=made-up"}
        assert http.post("/gradio_api/upload", files=FILE, headers=forged).status_code == 401
        assert not (app.desk.sessions.root / "uploads").exists()
        http.post("/login", data={"username": "ada", "password": "lovelace"}).raise_for_status()
        assert http.post("/gradio_api/upload", files=FILE).status_code == 200


def test_upload_route_refuses_what_is_no_upload(renderer: Renderer) -> None:
    with served(ScriptedReader([["text"]]), renderer) as app, app.client() as http:
        assert http.post("/gradio_api/upload", json={}).status_code == 400
        assert http.post("/gradio_api/upload", files={"other": ("a.pdf", b"x")}).status_code == 400
        assert http.post("/gradio_api/upload", data={"field": "x" * 1000}, files=FILE).status_code == 400

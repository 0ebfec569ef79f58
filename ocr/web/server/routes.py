"""The allowed routes; all other routes of Gradio are closed.

Gradio has more routes than this page uses: it fetches any public URL for `file=https://…`, downloads the URLs in
file values of API calls, gives a visitor's token away, and serves its whole upload folder. What is listed here is what
the page, `gradio_client` and `gradio upload-mcp` ask for; tests/web/server/test_routes.py compares Gradio's routes
with it.
"""

import re

API = "/gradio_api"
FILE = f"{API}/file="
"""Files of the sessions' public folder; middleware.py looks which."""
UPLOAD = f"{API}/upload"
JOIN = f"{API}/queue/join"
STREAM = f"{API}/queue/data"
TOOL = f"{API}/mcp"
"""Where language models call the tool, if there is one."""
LIBRARY = "/library"
"""The list of read documents, of a private page; see library_routes.py."""
COPY = "/copy"
"""What the page copies to the clipboard; see copy_route.py."""
OUTLINE = "/outline"
"""The headings of a document; see outline_route.py."""
LOGIN = re.compile(r"/login/?")
PAGE = "/"

FETCHABLE = re.compile(
    rf"/|/config/?|/theme\.css|/favicon\.ico|/manifest\.json|/robots\.txt|/service-worker\.js|/logout|/(assets|icons|static|scripts)/.+"
    rf"|{API}/(app_id|info)/?"
    rf"|{API}/heartbeat/\w+|{STREAM}"
    rf"|{LIBRARY}(/\d{{1,12}}/thumbnail)?"
)
"""What may be fetched, beside `FILE`."""
POSTABLE = re.compile(
    rf"{LOGIN.pattern}|{API}/(cancel|queue/join|reset/?|upload)|{COPY}|{OUTLINE}"
    rf"|{LIBRARY}/(\d{{1,12}}/(delete|undo)|notice/dismiss)"
)
"""What may be posted to, beside `TOOL`."""
STATE_CHANGING_GETS = re.compile(r"/logout")
"""What does something although it is only fetched; an image in a page's text must not set it off."""


def is_open(method: str, path: str) -> bool:
    """Whether a request of this method may ask for this path; `FILE` and `TOOL` are decided elsewhere."""
    routes = {"GET": FETCHABLE, "HEAD": FETCHABLE, "POST": POSTABLE}.get(method)
    return bool(routes and routes.fullmatch(path))

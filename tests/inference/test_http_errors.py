"""What a server's words mean; the transports' faults are tested with the client, over real sockets."""

from typing import Any

import pytest

from ocr.inference.http_errors import error_text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"error": {"message": "The model `x` does not exist."}}', "The model `x` does not exist"),
        ('{"error": "Unauthorized"}', "Unauthorized"),
        ('{"detail": "Not Found"}', "Not Found"),
        ('{"message": {"error": "deep"}}', "deep"),
        ("<html><h1>502</h1>\n<p>Bad gateway</p></html>", "502 Bad gateway"),
        ("{not json", "{not json"),
        pytest.param("<" * 65536, "<" * 300, id="as many tags begun as there are letters"),
        ('{"error": "half \\ud800 \\u001b[31mred\\u0007"}', "half ? ?[31mred?"),
        ("", "no reason given"),
        ("x" * 500, "x" * 300),
        ({"error": {"message": "EngineDead", "code": 500}}, "EngineDead"),
        ('{"code": 7}', '{"code": 7}'),
    ],
)
def test_faults_error_text(body: Any, text: str) -> None:
    """One sentence, whatever shape the server's error has."""
    assert error_text(body) == text

"""What a server's words mean; the transports' faults are tested with the client, over real sockets."""

from typing import Any

import pytest

from ocr.errors import NoImages, Refused
from ocr.inference.http_errors import error_text, status_error


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


def test_error_no_images() -> None:
    """llama-server without a model's mmproj answers 500: that no page can be read there, which no retry mends."""
    body = '{"error":{"code":500,"message":"image input is not supported - hint: …","type":"server_error"}}'
    error = status_error("http://h/v1", 500, {}, body)
    assert type(error) is NoImages
    assert not error.retryable


def test_error_context() -> None:
    """A page that is longer than the context: said with the two numbers, and what makes it longer."""
    body = (
        '{"error":{"code":400,"message":"request (9000 tokens) exceeds the available context size (4096 tokens)",'
        '"type":"exceed_context_size_error","n_prompt_tokens":9000,"n_ctx":4096}}'
    )
    error = status_error("http://h/v1", 400, {}, body)
    assert type(error) is Refused
    assert "4096" in error.message
    assert "--ctx-size" in error.next_step

"""A `vllm` for faults that a real one cannot be made to show on demand: `vllm serve MODEL --port N …`.

The model's name says what happens: `ready` serves until it is ended; `dies` logs an error and ends; `crashes` serves
until it is asked for /crash; `silent` says nothing; `deaf` ignores SIGTERM. A grandchild in a session of its own is
always there, as vLLM's workers are.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

LINES = """(APIServer pid=7) INFO 11-21 19:21:21 [api_utils.py:286] non-default args: {'model': 'm'}
model.safetensors:  42%|####      | 842M/2.01G [00:10<00:14, 84.1MB/s]\r\
model.safetensors: 100%|##########| 2.01G/2.01G [00:24<00:00, 84.1MB/s]
(Worker pid=9) INFO 11-21 19:21:46 [gpu_model_runner.py:5040] Starting to load model m...
(EngineCore pid=8) INFO 11-21 19:21:47 [kv_cache_utils.py:2327] GPU KV cache size: 1,398,016 tokens"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/crash":
            say("(EngineCore pid=8) ERROR 11-21 19:30:00 [core.py:1] torch.OutOfMemoryError: CUDA out of memory.")
            os._exit(1)
        body = os.environ["VLLM_API_KEY"].encode() if self.path == "/key" else b""
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(model: str, port: int) -> None:
    if model == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if model == "silent":
        signal.pause()
    grandchild = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    say(LINES)
    say(f"grandchild {grandchild.pid}")
    if model == "dies":
        say("(APIServer pid=7) ERROR 11-21 19:21:50 [x.py:1] ValueError: the cat sat on the model")
        sys.exit(1)
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(sys.argv[2], int(sys.argv[sys.argv.index("--port") + 1]))

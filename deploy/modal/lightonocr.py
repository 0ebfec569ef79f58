"""LightOnOCR on Modal: `modal deploy deploy/modal/lightonocr.py`, or `make -C deploy/modal deploy`."""

# # LightOnOCR, served by vLLM, paid by the second
#
# Modal starts a container with a GPU when the first page comes, and stops it some minutes after the last: nothing is
# paid in between. What it serves is the OpenAI API of vLLM, so Pagelight, its command line and any other client read
# with it by address and key.
#
# ## What can be chosen
#
# Everything is chosen when the app is deployed, by variables that the Makefile sets: `MODEL`, `GPU`, `FAST_BOOT`,
# `MAX_CONTAINERS`. An L4 is the cheapest GPU on which the models run as they are published (24 GB, bfloat16).

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path, PurePosixPath

import modal

APP = "lightonocr"
MODEL = os.environ.get("MODEL", "lightonai/LightOnOCR-2-1B")
GPU = os.environ.get("GPU", "L4")
FAST_BOOT = os.environ.get("FAST_BOOT", "false").lower() in {"1", "true", "yes"}
MAX_CONTAINERS = int(os.environ.get("MAX_CONTAINERS", "1"))
PORT = 8000
MINUTES = 60

# ## The command
#
# vLLM's flags are known in one place only, `python -m ocr serve-command`. It is asked on the machine that deploys, and
# its answer travels to the container in a variable. Among the flags is a batch of 8192 tokens: on a GPU like the L4
# vLLM would take in 2048 at a time, which is less than one page.


def serve_command() -> list[str]:
    """The words of the command; made where the repository is, read from the environment elsewhere."""
    if not modal.is_local():
        return list(json.loads(os.environ["PAGELIGHT_COMMAND"]))
    asked = [MODEL, "--host", "0.0.0.0", "--port", str(PORT), "--behind-proxy", "--json"]
    asked += ["--fast-boot"] if FAST_BOOT else []
    guard = ["--", "--middleware", "keyed.KeyEverywhere"]
    done = subprocess.run(
        [sys.executable, "-m", "ocr", "serve-command", *asked, *guard],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


COMMAND = serve_command()

# ## The image
#
# vLLM and Transformers in the versions that `./setup.sh vllm` installs too: newer ones have broken LightOnOCR before.
# `keyed.py` asks for the key at every address but `/health`; vLLM's own key guards `/v1` only.

HERE = Path(__file__).parent
image = (
    modal.Image.from_registry("nvidia/cuda:13.0.0-devel-ubuntu24.04", add_python="3.12")
    .entrypoint([])
    .uv_pip_install("vllm==0.32.0", "transformers==5.19.0")
    .env(
        {
            "PAGELIGHT_COMMAND": json.dumps(COMMAND),
            "HF_XET_HIGH_PERFORMANCE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_USE_FLASHINFER_SAMPLER": "0",  # it would be compiled in each new container, which takes 90 s
            "DO_NOT_TRACK": "1",
        }
    )
)
if modal.is_local():
    image = image.add_local_file(HERE.parent / "keyed.py", "/root/keyed.py")

# ## What stays between containers
#
# The weights, and what vLLM compiled: a cold start then neither downloads nor compiles.

volumes: dict[str | PurePosixPath, modal.Volume | modal.CloudBucketMount] = {
    "/root/.cache/huggingface": modal.Volume.from_name("huggingface-cache", create_if_missing=True),
    "/root/.cache/vllm": modal.Volume.from_name("vllm-cache", create_if_missing=True),
}

# ## The key
#
# `make key` stores one in Modal as the secret `lightonocr-key`. Without it nothing can be deployed: an address that
# anybody can find would let anybody read at your cost.

key = modal.Secret.from_name("lightonocr-key", required_keys=["VLLM_API_KEY"])

# ## The server
#
# `unauthenticated` leaves the key to vLLM: Modal's own proxy tokens are two headers that clients of the OpenAI API do
# not send. Sixteen pages at once keep a GPU busy; one container at most keeps a mistake cheap.

app = modal.App(APP)


def start_server() -> subprocess.Popen[bytes]:
    """Start vLLM and wait until it can read, so that Modal sends no page before.

    Raises:
        RuntimeError: it ended before it was ready; its log says why.
    """
    process = subprocess.Popen(COMMAND, env={**os.environ, "PYTHONPATH": "/root"})
    while not healthy(f"http://127.0.0.1:{PORT}/health"):
        if (code := process.poll()) is not None:
            raise RuntimeError(f"vLLM ended with {code} before it was ready; docs/errors.md lists causes and cures")
        time.sleep(1)
    return process


def healthy(url: str) -> bool:
    """Whether the server there answers that it can serve."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@app.server(
    image=image,
    gpu=GPU,
    volumes=volumes,
    secrets=[key],
    port=PORT,
    unauthenticated=True,
    startup_timeout=20 * MINUTES,  # the first one downloads and compiles
    scaledown_window=5 * MINUTES,
    min_containers=0,
    max_containers=MAX_CONTAINERS,
    target_concurrency=16,
    exit_grace_period=2 * MINUTES,  # pages in flight are read to their end
)
class LightOnOCR:
    """One container: vLLM, from its start to its end."""

    @modal.enter()
    def start(self) -> None:
        """Start it."""
        self.process = start_server()

    @modal.exit()
    def stop(self) -> None:
        """Let it end what it reads."""
        self.process.terminate()
        self.process.wait()


# ## Trying it
#
# `modal deploy` prints the address. Then, on your machine:
#
#     export OCR_API_KEY=…
#     make -C deploy/modal test MODAL_URL=https://…
#
# waits out the cold start, tells whether the server is fit, and reads the sample article.

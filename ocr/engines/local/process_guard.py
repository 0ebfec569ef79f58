"""Run a command, and end it with all its descendants when the parent process ends, however that ends.

Run as a script by an isolated interpreter, so it imports nothing of ours. Its stdin is a pipe that we hold: the kernel
closes it when we die, even of SIGKILL. The byte `k` on it means: the server is to stay when the pipe closes. The
command's pid goes to stdout, everything the command says to stderr.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

TERM_TIMEOUT_S = 10.0
"""What a server gets to end by itself after SIGTERM; vLLM needs about one, llama-server less."""
KILL_TIMEOUT_S = 5.0
"""What the kernel gets to bury what was killed."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""From <linux/prctl.h>."""


def main(command: list[str]) -> int:
    """Run `command` to its end or ours; return its exit code as a shell has it."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if libc:
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)  # a grandchild whose parent died becomes our child, and is found below

    def die_with_us() -> None:
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # should this very process be killed

    stopped: list[int] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _frame: stopped.append(got))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno(), start_new_session=True, preexec_fn=die_with_us
    )
    os.write(1, f"{child.pid}\n".encode())
    _wait_for_end(child, stopped)
    if child.poll() is None:
        _signal_group(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(TERM_TIMEOUT_S)
    _signal_group(child.pid, signal.SIGKILL)
    code = child.wait()
    _kill_orphans()
    return code if code >= 0 else 128 - code


def _wait_for_end(child: subprocess.Popen[bytes], stopped: list[int]) -> None:
    """Return when the child has ended, a signal came, or the pipe closed and the server is not to stay."""
    pipe, detached = [0], False
    while child.poll() is None and not stopped:
        ready, _, _ = select.select(pipe, [], [], 0.1)
        if ready:
            said = os.read(0, 1)
            detached = detached or said == b"k"
            if not said:
                if not detached:
                    return
                pipe = []


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _kill_orphans() -> None:
    """Kill what the command left behind in groups of its own; the kernel has made them our children."""
    deadline = time.monotonic() + KILL_TIMEOUT_S
    while time.monotonic() < deadline:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.02)
        except ChildProcessError:
            return


def _children() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

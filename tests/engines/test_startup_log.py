"""What a terminal is told of a start."""

from __future__ import annotations

from ocr.engines.local.server_state import ServerState
from ocr.engines.local.stages import Stage
from ocr.engines.select import Server
from ocr.engines.startup_log import StageLogger, follow_start


def test_telling_each_stage_once() -> None:
    """One line a stage and one for every tenth of a download, after what to expect; failures are told elsewhere."""
    written: list[str] = []
    tell = StageLogger(written.append, "A start takes a minute.")
    for percent in range(0, 100, 5):
        tell(ServerState(Stage.DOWNLOADING, f"{percent} %, 1M/2M"))
    for stage in (Stage.LOADING, Stage.LOADING, Stage.READY, Stage.FAILED, Stage.STOPPED):
        tell(ServerState(stage))
    assert written[0] == "A start takes a minute.\n"
    assert [line.split("  ")[-1] for line in written[1:4]] == [
        "downloading the weights 0 %, 1M/2M\n",
        "downloading the weights 10 %, 1M/2M\n",
        "downloading the weights 20 %, 1M/2M\n",
    ]
    assert [line.split("  ")[-1] for line in written[-2:]] == ["loading the weights\n", "ready\n"]
    assert len(written) == 1 + 10 + 2


def test_telling_nothing_of_other_servers() -> None:
    written: list[str] = []
    follow_start(Server("http://h:1/v1", "", 1), written.append)
    assert written == []

"""A real Slurm on loopback: munged, slurmctld and some slurmd, each with a folder and a port of its own."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

NODES = ("n1", "n2", "n3")
START_TIMEOUT_S = 90

CONF = """\
ClusterName=pagelight
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
# Without a restart of its node a requeued job waits until the old job's credentials have expired: 120 s by default.
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
# No cgroups and no accounting: a container without systemd has neither.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
# Nodes are what is written here, whatever this machine has; their GPUs are no more than a number.
SlurmdParameters=config_overrides
GresTypes=gpu
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0,sched_interval=1,bf_interval=1
# A node that says nothing for so many seconds is down, and its jobs are requeued.
SlurmdTimeout={node_timeout_s}
MessageTimeout=5
ReturnToService=2
KillWait=5
{nodes}
PartitionName={partition} Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class SlurmCluster:
    """The cluster while it runs."""

    folder: Path
    environment: dict[str, str]
    """For the programs that talk to it."""
    daemons: dict[str, subprocess.Popen[bytes]]
    """munged, slurmctld and the slurmd of each node, by name."""

    def run(self, *command: str | Path) -> str:
        """What one of Slurm's commands prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    def queue(self) -> dict[str, tuple[str, str]]:
        """Job id, with its index in the array → its state and its node, of those that have not ended."""
        lines = self.run("squeue", "--array", "--noheader", "--format=%i|%T|%N").splitlines()
        return {job: (state, node) for job, state, node in (line.split("|") for line in lines)}

    def kill_node(self, node: str) -> int:
        """Kill a node's slurmd and everything that it runs, by SIGKILL; returns how many processes that were."""
        own = [psutil.Process(self.daemons[node].pid), *self._processes(f"SLURMD_NODENAME={node}")]
        steps = [one.parent() for one in own if "slurmstepd" in " ".join((one.parent() or one).cmdline())]
        victims = {one.pid: one for one in [*own, *filter(None, steps)]}
        for process in victims.values():
            _kill(process)
        self.daemons[node].wait(60)
        return len(victims)

    def start(self, name: str, *command: str | Path) -> None:
        """Start one of the daemons."""
        with (self.folder / f"{name}.stdout.log").open("ab") as log:
            self.daemons[name] = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def log(self, daemon: str) -> str:
        """What a daemon has logged."""
        return (self.folder / f"{daemon}.log").read_text()

    def logs(self) -> str:
        """The last lines of all logs, for the message of a failing test."""
        files = [*self.folder.glob("*.log"), *self.folder.rglob("*.out")]
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in files)

    def _processes(self, *variables: str) -> list[psutil.Process]:
        """The processes of the cluster's jobs, with these variables among theirs."""
        wanted = {f"SLURM_CONF={self.environment['SLURM_CONF']}", *variables}
        found = []
        for process in psutil.process_iter():
            try:
                variables_of = {f"{name}={value}" for name, value in process.environ().items()}
            except psutil.Error:
                continue
            if wanted <= variables_of and process.pid != os.getpid():
                found.append(process)
        return found

    def stop(self) -> None:
        """End all that runs, the jobs last, so that none is requeued."""
        for daemon in reversed(self.daemons.values()):
            daemon.kill()
        for daemon in self.daemons.values():
            daemon.wait(60)
        for process in self._processes():
            _kill(process)


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()


@dataclass(frozen=True)
class Nodes:
    """What the nodes of a cluster have, each of them, and the partition that they are in."""

    names: tuple[str, ...] = NODES
    partition: str = "pages"
    cpus: int = 1
    memory_mb: int = 4096
    gpus: int = 0
    """None or one, which is a number to Slurm and no device."""


@contextmanager
def slurm_cluster(folder: Path, has: Nodes = Nodes(), *, node_timeout_s: int = 4) -> Iterator[SlurmCluster]:
    """A cluster of such nodes; nothing is left running after the block."""
    folder.joinpath("state").mkdir(parents=True)
    controller, *ports = _free_ports(1 + len(has.names))
    conf = folder / "slurm.conf"
    each = f"CPUs={has.cpus} RealMemory={has.memory_mb} Gres=gpu:{has.gpus} State=UNKNOWN"
    nodes = [
        f"NodeName={name} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} {each}"
        for name, port in zip(has.names, ports, strict=True)
    ]
    (folder / "gres.conf").write_text("Name=gpu File=/dev/null\n" if has.gpus else "")
    conf.write_text(
        CONF.format(
            folder=folder,
            controller=controller,
            user=getpass.getuser(),
            node_timeout_s=node_timeout_s,
            nodes="\n".join(nodes),
            names=",".join(has.names),
            partition=has.partition,
        )
    )
    key = folder / "munge.key"
    key.touch(0o400)
    key.chmod(0o600)
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    environment = os.environ | {"SLURM_CONF": str(conf), "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    with ExitStack() as stack:
        cluster = SlurmCluster(folder, environment, {})
        stack.callback(cluster.stop)

        files = [f"--{kind}-file={folder}/munge.{kind}" for kind in ("key", "log", "pid", "seed")]
        # Forced, since not everybody may look into a test's folder.
        cluster.start("munged", "munged", "--foreground", "--force", f"--socket={folder}/munge.socket", *files)
        _wait(cluster, lambda: (folder / "munge.socket").exists())
        cluster.start("slurmctld", "slurmctld", "-D", "-c", "-f", conf)
        for name in has.names:
            cluster.start(name, "slurmd", "-D", "-c", "-N", name, "-f", conf)
        _wait(cluster, lambda: _idle_nodes(cluster) == len(has.names))
        yield cluster


def _idle_nodes(cluster: SlurmCluster) -> int:
    command = ["sinfo", "--noheader", "--Node", "--format=%T"]
    done = subprocess.run(command, env=cluster.environment, capture_output=True, text=True, timeout=60)
    return done.stdout.splitlines().count("idle")


def _wait(cluster: SlurmCluster, so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not so():
        dead = [name for name, daemon in cluster.daemons.items() if daemon.poll() is not None]
        assert not dead and time.monotonic() < deadline, (dead, cluster.logs())
        time.sleep(0.05)


def _free_ports(count: int) -> list[int]:
    """So many ports that nobody uses, no two the same."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]

"""Starts a Ray of a head without processors and two nodes with one each, on loopback; runs in `.venv-ray`.

Prints the address and the process ids of the nodes' raylets as a line of JSON, and ends all of it when its standard
input is closed.
"""

import json
import sys

from ray.cluster_utils import Cluster

HEALTH = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 10}
"""How soon a node that was killed is taken for dead."""
CONFIG = HEALTH | {"worker_niceness": 0}
"""Ray's own workers are as nice as 15: on two busy cores one had 3 s of processor time in four minutes."""


def main() -> None:
    head = {"num_cpus": 0, "node_ip_address": "127.0.0.1", "_system_config": CONFIG}
    head |= {"include_dashboard": False, "include_log_monitor": False, "no_monitor": True}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        nodes = [cluster.add_node(num_cpus=1, object_store_memory=80 * 2**20) for _ in range(2)]
        raylets = [info.process.pid for node in nodes for info in node.all_processes["raylet"]]
        sys.stdout.write(json.dumps({"address": cluster.address, "raylets": raylets}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        cluster.shutdown()


main()

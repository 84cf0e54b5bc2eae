"""Workers of a cluster: processes on this or other machines whose devices subnetworks can be on."""

import json
import os
import re
import socket
from collections.abc import Sequence

import tensorflow as tf

from mpvn.errors import InputError

_connected: list[str] = []  # addresses of the workers, by task


def addresses(workers: Sequence[str] | None = None) -> list[str]:
    """The workers' addresses: the given ones, otherwise those of the environment's `TF_CONFIG`, otherwise none.

    Raises:
        InputError: an address is not `host:port`, or is a duplicate.
    """
    workers = list(workers or [])
    if not workers and os.environ.get("TF_CONFIG"):
        try:
            workers = list(json.loads(os.environ["TF_CONFIG"])["cluster"]["worker"])
        except (ValueError, KeyError, TypeError):
            raise InputError(
                'TF_CONFIG names no workers: expected {"cluster": {"worker": ["host:port", ...]}}, or leave it unset'
            ) from None
    for address in workers:
        if not re.fullmatch(r"[\w.-]+:\d{1,5}", address):
            raise InputError(f"worker {address!r}: expected host:port, such as 127.0.0.1:5000")
    if len(set(workers)) < len(workers):
        raise InputError(f"a worker is named twice: {', '.join(workers)}; name each once")
    return workers


def connect(workers: Sequence[str], timeout: float = 10.0) -> list[str]:
    """Makes this process the coordinator of workers, and returns their devices in order.

    Args:
        workers: addresses, see `addresses`; each runs `python -m mpvn.worker`.
        timeout: seconds to reach each of them.

    Returns:
        For each worker, the names of its GPUs, or of one CPU where it has none.

    Raises:
        InputError: a worker cannot be reached.
    """
    for address in workers:
        error = _unreachable(address, timeout)
        if error is not None:
            raise InputError(
                f"worker {address} cannot be reached ({error.strerror or error}): start it there with python -m "
                f"mpvn.worker --port={address.rsplit(':', 1)[1]}"
            )
    tf.config.experimental_connect_to_cluster(tf.train.ClusterSpec({"worker": list(workers)}))
    _connected[:] = workers
    devices = []
    for task in range(len(workers)):
        of_worker = [d for d in tf.config.list_logical_devices() if f"/job:worker/replica:0/task:{task}/" in d.name]
        gpus = [d.name for d in of_worker if d.device_type == "GPU"]
        devices += gpus or [d.name for d in of_worker if d.device_type == "CPU"][:1]
    return devices


def connected() -> bool:
    """Whether this process is the coordinator of workers."""
    return bool(_connected)


def lost(task: int | None = None) -> str:
    """The message about lost workers.

    Args:
        task: number of the lost worker; if not given, the unreachable workers, or all of them.
    """
    gone = [_connected[task]] if task is not None else [a for a in _connected if _unreachable(a, 1.0)] or _connected
    return (
        f"worker {', '.join(gone)} is lost: start it again, and the same command continues from the last checkpoint, "
        f"which is kept"
    )


def _unreachable(address: str, timeout: float) -> OSError | None:
    """Why a worker's port cannot be reached, or None if it can."""
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout).close()
    except OSError as error:
        return error
    return None

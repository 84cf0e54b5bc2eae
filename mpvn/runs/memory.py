"""How much memory the process has taken at most."""

import re
import resource
import sys
from pathlib import Path

import tensorflow as tf


def peak_memory() -> int:
    """Peak memory since the process began, in bytes: of the GPUs if there are some, else resident memory."""
    gpus = tf.config.list_logical_devices("GPU")
    if gpus:
        return sum(tf.config.experimental.get_memory_info(gpu.name.split("device:")[-1])["peak"] for gpu in gpus)
    # On Linux, a process that another one has started counts that one's peak as its own in getrusage.
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(kilobytes) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

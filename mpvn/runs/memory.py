"""The peak memory of the process."""

import re
import resource
import sys
from pathlib import Path

import tensorflow as tf


def peak_memory() -> int:
    """Peak memory since the process began, in bytes: of the GPUs if there are any, otherwise resident memory."""
    gpus = tf.config.list_logical_devices("GPU")
    if gpus:
        return sum(tf.config.experimental.get_memory_info(gpu.name.split("device:")[-1])["peak"] for gpu in gpus)
    # On Linux, getrusage of a process includes the peak of its parent.
    status = Path("/proc/self/status")
    if status.exists():
        (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(kilobytes) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

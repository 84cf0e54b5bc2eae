"""A worker of a cluster: provides its devices to training with --cluster=host:port,...

python -m mpvn.worker --port=5000
"""

import os
import socket

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command
from mpvn.errors import InputError


def define(values: FlagValues) -> None:
    flags.DEFINE_integer("port", None, "The port to listen on.", lower_bound=1, upper_bound=65535, flag_values=values)
    flags.DEFINE_enum(
        "host",
        "127.0.0.1",
        ["127.0.0.1", "0.0.0.0"],
        "127.0.0.1: this machine only; 0.0.0.0: all networks.",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "threads",
        0,
        "Threads within an operation; 0 for the number of cores.",
        lower_bound=0,
        flag_values=values,
    )


def main(values: FlagValues) -> None:
    import tensorflow as tf

    port, host = values.port, values.host
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # wait until a recently killed worker is gone
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"port {port} cannot be used ({error.strerror}): give another --port") from None
    options = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=values.threads)
    before = _listening()
    server = tf.distribute.Server({"worker": [f"127.0.0.1:{port}"]}, "worker", 0, config=options)
    if host == "127.0.0.1":
        _confine(_listening() - before)
    where = "reached from this machine only" if host == "127.0.0.1" else "reached from ALL networks of this machine"
    print(
        f"worker on port {port}, {where}; there is no authentication: anyone who reaches the port can run code here",
        flush=True,
    )
    server.join()


def _listening() -> set[int]:
    """File descriptors of this process's sockets that listen."""
    found = set()
    for name in os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else ():
        try:
            with socket.socket(fileno=os.dup(int(name))) as candidate:
                if candidate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    found.add(int(name))
        except OSError:  # no socket, or closed since
            continue
    return found


def _confine(descriptors: set[int]) -> None:
    """Binds sockets to the loopback interface: TensorFlow's servers always listen on all interfaces."""
    try:
        for descriptor in descriptors:
            with socket.socket(fileno=os.dup(descriptor)) as listening:
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")
        if descriptors:
            return
        reason = "its socket was not found"
    except (OSError, AttributeError) as error:
        reason = str(error)
    raise InputError(
        f"the server cannot be restricted to this machine ({reason}) and would listen on all networks: behind a "
        f"firewall, give --host=0.0.0.0"
    )


COMMAND = Command(main, __doc__, define, required=("port",), reads_settings=False)

if __name__ == "__main__":
    COMMAND.run()

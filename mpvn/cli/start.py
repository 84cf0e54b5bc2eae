"""Starts and ends the process of a command quietly, despite TensorFlow's output."""

import os
import sys
import tempfile
from typing import NoReturn


def tensorflow(intra: int = 0, inter: int = 0) -> None:
    """Imports and starts TensorFlow without its start-up output.

    Args:
        intra: threads within an operation; 0 for TensorFlow's own choice.
        inter: threads across operations; 0 for TensorFlow's own choice.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # No setting silences all of those lines: some are written before settings are read, some are called errors. They
    # come from C++, so they go by the file descriptor and not by sys.stderr. If the start fails, they are shown.
    with tempfile.TemporaryFile() as said:
        sys.stderr.flush()
        stderr = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            import tensorflow as tf

            if intra:
                tf.config.threading.set_intra_op_parallelism_threads(intra)
            if inter:
                tf.config.threading.set_inter_op_parallelism_threads(inter)
            tf.constant(0)
        except BaseException:
            said.seek(0)
            os.write(stderr, said.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def leave(code: int) -> NoReturn:
    """Ends the process at once."""
    if "mpvn.runs.mirror" in sys.modules:  # as Python would do on exit
        sys.modules["mpvn.runs.mirror"].forget()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: it releases data sets, and TensorFlow then waits for their threads that read videos.
    os._exit(code)

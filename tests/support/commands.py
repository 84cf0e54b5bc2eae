"""The commands, run within the process of the tests, or as processes of their own.

Within the process a command takes milliseconds where it does little, and no start of TensorFlow. Kills, limits of the
system, clusters, and what TensorFlow's libraries print by themselves need a process.
"""

import contextlib
import importlib
import io
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gin
import keras
from absl import logging
from tensorflow.python.framework import config as tf_config  # there is no public way to end determinism

ROOT = Path(__file__).parents[2]


def start(module: str, *arguments: object, **options: Any) -> subprocess.Popen:
    """A command in a process of its own, which goes on; `options` are those of `Popen`."""
    given = {"cwd": ROOT, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | options
    return subprocess.Popen([sys.executable, "-m", module, *map(str, arguments)], **given)


def run(module: str, *arguments: object, process: bool = False, **options: Any) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command.

    Args:
        module: of the command.
        *arguments: its flags.
        process: whether it gets a process of its own, with `options` of `Popen`.
    """
    if process:
        child = start(module, *arguments, **options)
        out, err = child.communicate(timeout=300)
        return child.returncode, out, err
    command = importlib.import_module(module).COMMAND
    out, err = io.StringIO(), io.StringIO()
    with alone(), contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = command.call([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = leaving.code or 0
    return code, out.getvalue(), err.getvalue()


def good(module: str, *arguments: object, process: bool = False, **options: Any) -> str:
    """What a command printed that must succeed."""
    code, out, err = run(module, *arguments, process=process, **options)
    assert code == 0, (code, err)
    return out


def bad(module: str, *arguments: object, process: bool = False, **options: Any) -> str:
    """The one line of a command that must fail for its input."""
    code, _, err = run(module, *arguments, process=process, **options)
    assert code == 2, (code, err)
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("error: "), err
    return lines[0]


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """What a process of its own would neither find nor leave: settings, determinism, handlers, log levels."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    deterministic, level, dtype = tf_config.is_op_determinism_enabled(), logging.get_verbosity(), keras.config.floatx()
    gin.clear_config()
    try:
        yield
    finally:
        gin.clear_config()
        left = {number for number, handler in handlers.items() if signal.getsignal(number) != handler}
        for number in left:
            signal.signal(number, handlers[number])
        if tf_config.is_op_determinism_enabled() and not deterministic:
            tf_config.disable_op_determinism()
        logging.set_verbosity(level)
        keras.config.set_floatx(dtype)
        assert not left, f"a command left handlers of signals {left}"

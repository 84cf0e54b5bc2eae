"""How processes begin and end: TensorFlow says nothing at the start, and nothing holds a process that leaves."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mpvn.cli import Command, start

ROOT = Path(__file__).parents[3]
USUAL = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
# A command that fails while threads of a data set are busy.
BUSY = """
import time
from mpvn.cli import Command
from mpvn.errors import InputError

def read(value):
    if value > 0:
        time.sleep(600)
    return value

def main(values):
    import tensorflow as tf

    data = tf.data.Dataset.range(9).map(lambda value: tf.numpy_function(read, [value], tf.int64), num_parallel_calls=2)
    iterator = iter(data.prefetch(2))
    next(iterator)
    time.sleep(0.5)
    print("began")
    raise InputError("damaged")

COMMAND = Command(main, "Reads.")
"""


def python(code: str, timeout: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=USUAL, capture_output=True, text=True, timeout=timeout
    )


def test_importing_the_command_line_imports_no_tensorflow():
    commands = "train, evaluate, stream_video, worker, benchmark, reproduce, demo"
    code = f"import sys, mpvn.cli; from mpvn import {commands}; import sideways_tf.train, sideways_tf.reproduce"
    assert python(f"{code}; print('tensorflow' in sys.modules, 'keras' in sys.modules)").stdout == "False False\n"


def test_tensorflow_starts_without_a_word():
    """The same start without the redirection does say something, else this test would show nothing."""
    quiet = "from mpvn.cli import start; start.tensorflow(intra=1, inter=2); import tensorflow as tf"
    plain = "import os; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '0'; import tensorflow as tf; tf.constant(0)"
    threads = "print(tf.config.threading.get_intra_op_parallelism_threads(), tf.config.list_logical_devices('CPU'))"
    with ThreadPoolExecutor(2) as pool:
        done, loud = pool.map(python, [f"{quiet}; {threads}; tf.constant(1) + 1", plain])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 [LogicalDevice")
    assert loud.returncode == 0 and loud.stderr.strip()


def test_what_is_said_when_the_start_fails_is_shown():
    code = "import os, sys; sys.modules['tensorflow'] = None; from mpvn.cli import start; start.tensorflow()"
    done = python(code)
    assert done.returncode == 1 and "ModuleNotFoundError" in done.stderr.splitlines()[-1]


@contextlib.contextmanager
def failing(call: str) -> Iterator[subprocess.Popen]:
    """A process that has just said what failed."""
    command = [sys.executable, "-c", f"{BUSY}\n{call}"]
    process = subprocess.Popen(command, cwd=ROOT, env=USUAL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline() == "error: damaged\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_process_leaves_while_threads_read_videos():
    """Whoever lets go of the data set waits for its threads: the second process does, and stays."""
    with failing("COMMAND.run()") as leaving, failing("COMMAND.call([])") as waiting:
        out, err = leaving.communicate(timeout=30)
        assert (leaving.returncode, out, err) == (2, "began\n", "")
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(timeout=3)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyError("a mistake"), 1, "KeyError: 'a mistake'"),
        (SystemExit(3), 3, ""),
        (SystemExit("a mistake"), 1, "a mistake\n"),
        (SystemExit(), 0, ""),
    ],
)
def test_a_defect_leaves_too(monkeypatch, capsys, error, code, words):
    """With its traceback, and without waiting for threads, which would never end."""

    class Left(BaseException):
        """`leave` does not come back."""

    def main(values):
        raise error

    def leave(code):
        raise Left(code)

    monkeypatch.setattr(sys, "argv", ["command"])
    monkeypatch.setattr(start, "leave", leave)
    with pytest.raises(Left) as ended:
        Command(main, "Fails.", quiet_start=False).run()
    assert ended.value.args == (code,)
    assert words in capsys.readouterr().err

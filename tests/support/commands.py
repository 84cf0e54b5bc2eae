"""The commands, run as a user runs them."""

import contextlib
import importlib
import io
import subprocess
import sys
from pathlib import Path

import gin

ROOT = Path(__file__).parents[2]


def start(module, *arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def run(module, *arguments):
    process = start(module, *arguments)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def good(module, *arguments):
    code, out, err = run(module, *arguments)
    assert code == 0, err
    return out


def bad(module, *arguments):
    """The one line of a call that must fail for its input, within this process."""
    code, _, err = call(module, *arguments)
    assert code == 2, (code, err)
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err
    assert lines[0].startswith("error: ")
    return lines[0]


def call(module, *arguments):
    """Exit code, stdout and stderr of a command that runs within this process."""
    command = importlib.import_module(module).COMMAND
    gin.clear_config()
    try:
        with (
            contextlib.chdir(ROOT),
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
        ):
            code = command.call([str(argument) for argument in arguments])
    finally:
        gin.clear_config()
    return code, out.getvalue(), err.getvalue()

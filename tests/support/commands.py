"""The commands, run as a user runs them."""

import subprocess
import sys
from pathlib import Path

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
    """The one line of a run that must fail for its input."""
    code, _, err = run(module, *arguments)
    assert code == 2, (code, err)
    lines = [line for line in err.splitlines() if line.strip()]
    assert len(lines) == 1, err
    assert lines[0].startswith("error: ")
    return lines[0]

"""Every command that a page shows takes its flags, and its gin settings can be read."""

import importlib
import re
import shlex

import floors
import pytest

from mpvn.__main__ import commands
from mpvn.cli import flags
from mpvn.runs.bindings import apart
from mpvn.runs.settings import TRAIN, parse_gin

PAGES = sorted(
    [*floors.ROOT.glob("*.md"), *floors.ROOT.rglob("docs/**/*.md"), *floors.ROOT.rglob("gin_configs/**/*.md")]
)
BEGINS = re.compile(r"^(python -m (?:mpvn|sideways_tf)\.\w+|mpvn \w+) ")


def shown(page):
    """[(module, arguments)] of the commands in the code blocks of a page; `...` stands for further arguments."""
    found = []
    for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        for line in re.sub(r" *\\\n *", " ", block).splitlines():
            if not BEGINS.match(line) or "=..." in line:
                continue
            words = shlex.split(line, comments=True)
            module = words[2] if words[0] == "python" else commands()[words[1]]
            found.append((module, words[3:] if words[0] == "python" else words[2:]))
    return found


COMMANDS = {(module, *arguments): page.name for page in PAGES for module, arguments in shown(page)}


def test_there_are_commands():
    assert len(COMMANDS) > 30 and {command[0] for command in COMMANDS} >= {"mpvn.train", "sideways_tf.train"}


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_takes_its_flags(command):
    module, *arguments = command
    known = importlib.import_module(module).COMMAND
    values = flags.make(known.define)
    whole = "..." not in arguments
    flags.parse(values, [a for a in arguments if a != "..."], known.required if whole else (), known.addresses)
    if values.gin_file:
        with apart():
            parse_gin(values.gin_file, values.gin_param, root=TRAIN)

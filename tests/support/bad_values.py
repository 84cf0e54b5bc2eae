"""Bad values for all settings of training and all flags of all commands, drawn by a seed.

python tests/support/bad_values.py 500 tries so many and prints what became of them.
"""

import importlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import gin
from commands import run

from mpvn.checked import parameters
from mpvn.cli import flags
from mpvn.runs.bindings import function_of

VALUES = (
    '"x"', '""', "2.5", "-1", "0", "1", "None", "True", "1e999", "-1e999", "[]", "[1]", '["x"]', "{}", '{"x": 1}',
    "@walkers", "@walkers()", "@vgg8", "@nothing", "%nothing", '"walkers"', "(1, 2)", "'\\0'", '"nowhere://x"', "...",
)  # fmt: skip
TEXTS = ("", "x", "-1", "0", "2.5", "nan", "1e999", "nowhere://x", "/proc/x", "a,b", "\0", "@walkers", "none", "~")
BASE = {
    "train.data": "@walkers",
    "train.network": "@network",
    "train.steps": "1",
    "train.report_every": "1",
    "train.batch_size": "2",
    "train.validation_clips": "0",
    "walkers.num_frames": "8",
    "walkers.size": "16",
    "walkers.num_train": "4",
    "walkers.num_validation": "2",
    "walkers.num_test": "2",
    "network.base": "@simple_cnn",
    "network.num_subnetworks": "2",
}
# What has a function called, beside what `BASE` calls.
CALLED = {
    "networks": ("network.base", "@{}"),
    "data": ("train.data", "@{}"),
    "tasks": ("train.task", "@{}"),
    "transforms": ("network.transforms", "[@{}]"),
}
OTHERS = {
    "teacher": ("train.teacher", "@teacher"),
    "distillation": ("train.model", "@distillation"),
    "SidewaysModel": ("train.model", "@SidewaysModel"),
    "decoupled": ("optimizer.kind", "@decoupled"),
    "delay_compensated_sgd": ("optimizer.kind", "@delay_compensated_sgd"),
    "gradient_diagnostics": ("train.diagnostics", "@gradient_diagnostics"),
    "whole_clips": ("train.data", "@whole_clips"),
    "CosineDecay": ("optimizer.learning_rate", "@CosineDecay()"),
}
# What the names of functions begin with, but for those of reproductions.
ROOMS = (
    "training.", "mpvn.training.", "mpvn.configurables.", "networks.", "data.", "tasks.", "transforms.", "sideways_tf.",
    "schedules.",
)  # fmt: skip
# Commands, with flags for something short; what is bad for one of them is put behind.
COMMANDS = {
    "mpvn.train": ["--model_dir={run}"],
    "sideways_tf.train": ["--model_dir={run}"],
    "mpvn.evaluate": ["--model_dir={run}"],
    "mpvn.stream_video": ["--model_dir={run}", "--video={run}/nothing.mp4"],
    "mpvn.export": ["--model_dir={run}", "--output={run}/bundle"],
    "mpvn.prepare_data": ["--source={run}/nothing", "--data_dir={run}", "--name=prepared"],
    "mpvn.benchmark": ["--suite=phases", "--networks=simple_cnn", "--sizes=16", "--subnetworks=1,2"],
    "mpvn.advise": ["--model_dir={run}", "--video={run}/nothing.mp4"],
    "mpvn.worker": ["--host=nowhere"],
    "mpvn.demo": ["--gin_param=train.nonsense=1"],
    "mpvn.reproduce": ["--result=table2", "--scale=huge", "--output_dir={run}"],
    "sideways_tf.reproduce": ["--result=table2", "--scale=huge", "--output_dir={run}"],
}


def settings() -> list[tuple[str, str]]:
    """(whole name of a function, parameter) of all that can be set."""
    importlib.import_module("sideways_tf.configurables")
    importlib.import_module("mpvn.runs.settings")
    known = [name for name, _ in gin.config._REGISTRY.items() if name.startswith(ROOMS)]
    return [(name, parameter) for name in sorted(known) for parameter in parameters(function_of(name))]


def drawn(count: int, folder: Path, seed: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Commands with something bad in them, as (module, flags); the first ones are one of each command.

    Args:
        count: how many.
        folder: where runs and data go.
        seed: of the draws.
    """
    rng, known = random.Random(seed), settings()
    for number in range(count):
        where = {"run": folder / f"run{number}"}
        module = [*COMMANDS, rng.choice(list(COMMANDS))][min(number, len(COMMANDS))]
        if number >= len(COMMANDS) and (module.endswith(".train") or rng.random() < 0.5):
            module = rng.choice(("mpvn.train", "sideways_tf.train"))
        if module.endswith(".train"):
            yield module, [*(flag.format(**where) for flag in COMMANDS[module]), *_bad_setting(rng, known, folder)]
        else:
            values = flags.make(importlib.import_module(module).COMMAND.define)
            name = rng.choice([name for name in values if not name.startswith("gin")])
            given = [flag.format(**where) for flag in COMMANDS[module] if not flag.startswith(f"--{name}=")]
            yield module, [*given, f"--{name}={rng.choice(TEXTS)}"]


def _bad_setting(rng: random.Random, known: list[tuple[str, str]], folder: Path) -> list[str]:
    selector, parameter = rng.choice(known)
    name = selector.split(".")[-1]
    chosen = BASE | {"walkers.data_dir": f"'{folder / 'data'}'"}
    setting, value = OTHERS.get(name) or CALLED.get(selector.split(".")[0], (None, ""))
    last = {setting: value.format(name)} if setting and name != "walkers" else {}
    if (selector, "width") in known:
        chosen[f"{name}.width"] = "0.05"
    # Behind all others: what is given before is read before another function takes its place.
    for key, text in (last | {f"{name}.{parameter}": rng.choice(VALUES)}).items():
        chosen.pop(key, None)
        chosen[key] = text
    return [f"--gin_param={key}={text}" for key, text in chosen.items()]


def outcome(module: str, arguments: list[str]) -> tuple[str, str]:
    """What became of a command: `one line`, `right` or `wrong`, and what it said."""
    try:
        code, _, err = run(module, *arguments)
    except Exception as error:
        return "wrong", f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    lines = [line for line in err.splitlines() if line.strip()]
    if code == 0:
        return "right", ""
    return ("one line" if code == 2 and len(lines) == 1 else "wrong"), f"{code}: {' | '.join(lines)[-200:]}"


if __name__ == "__main__":
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        for module, arguments in drawn(int(sys.argv[1]), Path(place), int(sys.argv[2]) if len(sys.argv) > 2 else 0):
            begin = time.perf_counter()
            kind, said = outcome(module, arguments)
            counts[kind] += 1
            seconds = time.perf_counter() - begin
            counts["longer than a minute"] += seconds > 60
            print(f"{kind}\t{seconds:.1f} s\t{module} {arguments[-1]}\t{said}", flush=True)
    print(dict(counts))

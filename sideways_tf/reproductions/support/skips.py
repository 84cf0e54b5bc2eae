"""Runs of Skip-Sideways on walkers."""

from collections.abc import Sequence

from mpvn.reproductions.support.batch import Run
from mpvn.reproductions.support.result import Request
from sideways_tf.reproductions.support.runs import BINARY

GRADIENTS = {"Sideways": "sideways", "exact": "exact"}  # {label: of `SidewaysModel.gradients`}


def walkers_run(
    name: str,
    gin_files: Sequence[str],
    settings: Sequence[str],
    classes: str,
    gradients: str,
    seed: int,
    request: Request,
) -> Run:
    """A run on some classes of walkers.

    Args:
        name: of the run.
        gin_files: of the run.
        settings: what it differs in from others.
        classes: of walkers; each is a data set of its own.
        gradients: one of `GRADIENTS`.
        seed: of the run.
        request: says where the data set is made, and has further gin settings.
    """
    params = (
        f'walkers.data_dir="{request.folder / "data"}"',
        f'walkers.classes="{classes}"',
        f'SidewaysModel.gradients="{GRADIENTS[gradients]}"',
        f"train.seed={seed}",
        *request.params,
    )
    data = ", ".join([classes, *(setting for setting in settings if setting.startswith("walkers."))])
    return Run(name, gin_files, settings, params=params, binary=BINARY, data=data)

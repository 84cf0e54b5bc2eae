"""Runs that compare Sideways with backpropagation."""

from collections.abc import Sequence

from mpvn.reproductions.support.batch import Run
from mpvn.reproductions.support.result import Request

BINARY = "sideways_tf.train"
METHODS = {"backpropagation": "exact", "Sideways": "sideways"}  # {label: of `SidewaysModel.gradients`}


def run_of(
    name: str,
    gin_files: Sequence[str],
    videos: str,
    request: Request,
    settings: Sequence[str],
    method: str,
    fixed: Sequence[str] = (),
) -> Run:
    """A training run with one method.

    Args:
        name: of the run.
        gin_files: of the run.
        videos: data set; `"walkers"` are made in the folder of the request.
        request: what the user wants.
        settings: that a user's file may replace.
        method: one of `METHODS`.
        fixed: further settings, that a user's file may not replace.
    """
    made = [f'walkers.data_dir="{request.folder / "data"}"'] if videos == "walkers" else []
    gradients = f'SidewaysModel.gradients="{METHODS[method]}"'
    return Run(name, gin_files, settings, params=(*made, gradients, *fixed, *request.params), binary=BINARY)


def file_name(label: str) -> str:
    """A label of a table as part of a file's name."""
    return label.replace(";", "").replace(", ", "_").replace(" ", "_")

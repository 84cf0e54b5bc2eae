"""The skip wirings that Skip-Sideways results compare, and their runs on walkers."""

from collections.abc import Sequence
from pathlib import Path

from mpvn.reproductions.batch import Run

# label: (skip, span, whether the frame is read, too); all our choice, since only the paper's abstract is known.
VARIANTS = {
    "no skips": None,
    "sum, next but one": ("sum", 1, True),
    "sum, dense": ("sum", "dense", True),
    "concat, next but one": ("concat", 1, True),
    "concat, dense": ("concat", "dense", True),
}
METHODS = {"Sideways": "sideways", "exact": "exact"}  # {label: of `SidewaysModel.gradients`}


def settings(variant: str) -> tuple[str, ...]:
    """The gin settings of a variant."""
    if VARIANTS[variant] is None:
        return ()
    skip, span, frame = VARIANTS[variant]
    return (f'network.skip="{skip}"', f"network.span={span!r}", f"network.skip_frame={frame}")


def folder_name(variant: str) -> str:
    return variant.replace(";", "").replace(", ", "_").replace(" ", "_")


def walkers_run(
    name: str, classes: str, variant: str, gradients: str, seed: int, folder: Path, params: Sequence[str]
) -> Run:
    """A run of Simple-CNN with batch normalisation and a wiring on some classes of walkers.

    Args:
        name: of the run.
        classes: of walkers.
        variant: one of `VARIANTS`.
        gradients: `"sideways"` or `"exact"`.
        seed: of the run.
        folder: where the data set is made.
        params: further gin settings.
    """
    given = (
        f'walkers.data_dir="{folder / "data"}"',
        f'walkers.classes="{classes}"',
        "walkers.num_validation=0",
        "train.diagnostics=None",
        "train.decay=None",
        "simple_cnn.normalize=True",
        *settings(variant),
        f'SidewaysModel.gradients="{gradients}"',
        f"train.seed={seed}",
    )
    data = ", ".join([classes, *(param for param in params if param.startswith("walkers."))])
    return Run(name, "sideways/simple_cnn_walkers.gin", (*given, *params), "sideways_tf.train", data)

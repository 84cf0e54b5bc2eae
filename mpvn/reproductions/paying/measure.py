"""What ways are judged by, for each task."""

from dataclasses import dataclass

from mpvn.reproductions.support.rows import PERCENT


@dataclass(frozen=True)
class Measure:
    """One number of an evaluation.

    Attributes:
        name: in the evaluation.
        column: in tables, with its unit.
        factor: from the evaluation to the table.
        form: of the number.
        sign: 1 where more is better, -1 where less is.
    """

    name: str
    column: str
    factor: float = 1.0
    form: str = ".1f"
    sign: int = 1


# The first one is what ways are compared by: streaming accuracy.
ACTION = (
    Measure("tick accuracy", "streaming accuracy, %", PERCENT),
    Measure("accuracy", "accuracy of the clip, %", PERCENT),
)
KEYPOINTS = (
    Measure("loss", "streaming loss", form=".4f", sign=-1),
    Measure("pck", "PCK@0.2, %", PERCENT),
    Measure("joint_error", "joint error, px", form=".2f", sign=-1),
)


def measures_of(task: str) -> tuple[Measure, ...]:
    return KEYPOINTS if task == "keypoints" else ACTION

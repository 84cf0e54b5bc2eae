"""The teacher of a run, which is trained first: the group `teacher` of gin files."""

from dataclasses import dataclass

import gin

from mpvn.checked import check_fields
from mpvn.ranges import Count
from mpvn.runs.types import NetworkFunction


@gin.configurable("teacher", module="training")
@dataclass(frozen=True)
class Teacher:
    """A network that is trained separately, in the subfolder `teacher` of the run; `teacher` in gin files.

    Its other settings are those of the run. `train.model`, such as `@distillation`, gets it as `teacher`.

    Attributes:
        network: function like `train.network`, such as `@teacher/network`.
        steps: number of optimizer steps; by default that of the run.

    Raises:
        InputError: a value is not an expected one.
    """

    network: NetworkFunction | None = None
    steps: Count | None = None

    def __post_init__(self) -> None:
        check_fields(self, "teacher")

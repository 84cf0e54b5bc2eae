"""The teacher of a run, which is trained first: the group `teacher` of gin files."""

from dataclasses import dataclass

import gin

from mpvn.checked import check_fields
from mpvn.ranges import Count
from mpvn.runs.types import NetworkFunction


@gin.configurable("teacher", module="training")
@dataclass(frozen=True)
class Teacher:
    """A network that is trained by itself, in the folder `teacher` of the run's; `teacher` in gin files.

    Its settings are those of the run, but for these. `train.model`, such as `@distillation`, then gets it as `teacher`.

    Attributes:
        network: function as `train.network`, such as `@teacher/network`.
        steps: optimizer steps; by default those of the run.

    Raises:
        InputError: a value is none of those that are expected.
    """

    network: NetworkFunction | None = None
    steps: Count | None = None

    def __post_init__(self) -> None:
        check_fields(self, "teacher")

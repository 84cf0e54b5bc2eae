"""The teacher of a run: the group `teacher` of gin files."""

from dataclasses import dataclass

import gin

from mpvn.checked import check_fields
from mpvn.errors import InputError
from mpvn.ranges import Count, LocalPath
from mpvn.runs.types import NetworkFunction


@gin.configurable("teacher", module="training")
@dataclass(frozen=True)
class Teacher:
    """A network that another learns from; `teacher` in gin files. `train.model`, such as `@distillation`, gets it.

    Either it is trained first, in the subfolder `teacher` of the run, with the other settings of the run; or it is
    trained already, and several runs may learn from it.

    Attributes:
        network: function like `train.network`, such as `@teacher/network`, of a teacher that is trained first.
        steps: number of optimizer steps of its training; by default that of the run.
        trained: a run folder or a `.keras` file with a trained teacher, instead of the two above.

    Raises:
        InputError: a value is not an expected one, or the values do not go together.
    """

    network: NetworkFunction | None = None
    steps: Count | None = None
    trained: LocalPath | None = None

    def __post_init__(self) -> None:
        check_fields(self, "teacher")
        if self.trained is not None and (self.network is not None or self.steps is not None):
            raise InputError(
                f"teacher.trained={self.trained!r} names a teacher that needs no training: leave out teacher.network "
                f"and teacher.steps, or teacher.trained"
            )

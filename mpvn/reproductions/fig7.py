"""Fig. 7: keypoint localisation with and without sequential-to-parallel distillation."""

from collections.abc import Sequence
from dataclasses import dataclass

import gin

from mpvn.ranges import Count, CountOrZero, PositiveOrZero, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.keypoints import compare
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.variants import NO_JOINTS, Variant


@gin.configurable("fig7", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/fig7`.

    Attributes:
        seeds: of every row.
        network: that is trained.
        plain: numbers of subnetworks without distillation.
        distilled: those with it.
        distillation: weights of the distance to the teacher, lambda.
        gin_files: of every run.
        distilled_gin_files: of those that learn from a teacher, on top.
        teacher_gin_files: of the teachers, on top.
        recalibrate: from how many training clips averages of batch normalisation are computed anew, beside the others.
    """

    seeds: Seeds
    network: str
    plain: Sequence[Count]
    distilled: Sequence[Count]
    distillation: Sequence[PositiveOrZero]
    gin_files: Sequence[str]
    distilled_gin_files: Sequence[str] = ()
    teacher_gin_files: Sequence[str] = ()
    recalibrate: CountOrZero = 0


def run(request: Request) -> None:
    """Networks with clocks and temporal filters, some of which learn from a sequential teacher."""
    setting = settings.read(Settings, "mpvn/fig7", request, NO_JOINTS)
    weights = [(count, 0.0) for count in setting.plain]
    weights += [(count, weight) for count in setting.distilled for weight in setting.distillation]
    variants = [
        Variant(setting.network, count, clocks=True, temporal=True, distillation=weight) for count, weight in weights
    ]
    compare(
        variants,
        setting.gin_files,
        setting.seeds,
        request,
        "fig7",
        "Fig. 7: distillation",
        recalibrate=setting.recalibrate,
        distilled=setting.distilled_gin_files,
        taught=setting.teacher_gin_files,
    )


RESULT = Result(run, made_of_runs=True)

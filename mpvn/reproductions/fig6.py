"""Fig. 6: loss of keypoint localisation by the number of subnetworks, with clocks, temporal filters and feedback."""

from collections.abc import Sequence
from dataclasses import dataclass

import gin

from mpvn.errors import InputError
from mpvn.ranges import Count, CountOrZero, Seeds
from mpvn.reproductions.support import settings
from mpvn.reproductions.support.keypoints import compare
from mpvn.reproductions.support.result import Request, Result
from mpvn.reproductions.support.variants import NO_JOINTS, Variant


@gin.configurable("fig6", module="mpvn")
@dataclass(frozen=True)
class Settings:
    """See `gin_configs/reproductions/mpvn/fig6`.

    Attributes:
        seeds: of every row.
        network: that is trained.
        plain: numbers of subnetworks of the network on its own.
        clocked: those with clocks and temporal filters.
        fed_back: those with clocks, temporal filters and feedback.
        gin_files: of every run.
        recalibrate: from how many training clips averages of batch normalisation are computed anew, beside the others.
    """

    seeds: Seeds
    network: str
    plain: Sequence[Count]
    clocked: Sequence[Count]
    fed_back: Sequence[Count]
    gin_files: Sequence[str]
    recalibrate: CountOrZero = 0


def run(request: Request) -> None:
    """Clocks (CI), temporal filters (T) and feedback (FB).

    A file of the request is a row with the settings of the last one with clocks and temporal filters, or without any
    such row, of the last one.
    """
    setting = settings.read(Settings, "mpvn/fig6", request, NO_JOINTS)
    clocked = [Variant(setting.network, count, clocks=True, temporal=True) for count in setting.clocked]
    variants = [Variant(setting.network, count) for count in setting.plain]
    variants += clocked
    variants += [
        Variant(setting.network, count, clocks=True, temporal=True, feedback=True) for count in setting.fed_back
    ]
    if not variants:
        raise InputError("fig6 has no rows: give some numbers of subnetworks in plain, clocked or fed_back")
    title, base = "Fig. 6: keypoint localisation", (clocked or variants)[-1]
    compare(variants, setting.gin_files, setting.seeds, request, "fig6", title, base, setting.recalibrate)


RESULT = Result(run, made_of_runs=True, takes_rows=True)

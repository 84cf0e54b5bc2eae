"""Temporal shift: units that read a share of their channels from the previous execution."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.temporal_shift import TemporalShift
from mpvn.model.network import VideoNetwork
from mpvn.model.planning import plan
from mpvn.ranges import Between
from mpvn.schedule.options import ScheduleOptions
from mpvn.schedule.wiring import FRAME, Unit

SHARE = 0.25  # our choice


@checked
def with_temporal_shift(
    network: VideoNetwork, share: Annotated[float, Between(0, 1)] = SHARE, units: Sequence[str] | None = None
) -> VideoNetwork:
    """Delays a share of the channels that some units read by one execution; the weights stay the same.

    For every input `a` of such a unit, the first channels come from `("a", 1)`, the output of `a` at its previous
    execution, and the others from `a`: the unit sees motion, without additional weights or multiplications. "Previous"
    counts executions of the source: if the source ticks twice as often as the unit, every execution is read, and none
    is dead; if both tick equally often, the network gets a memory of one frame for each consecutive such unit. The
    first valid tick is later, because the oldest values must be valid.

    Source: Lin et al., TSM, ICCV 2019, section 3.3 (online models: channels of the previous frame). The share and the
    units are our choice.

    Args:
        network: the network; the new network uses its layers, and so its weights.
        share: share of the channels of each input, between 0 and 1; at least one channel.
        units: names of the units; by default those of `units_at_clock_changes`. Feedback is not shifted.

    Returns:
        The sequential network.

    Raises:
        InputError: the share is out of range, or a unit is unknown or reads a value of less than two channels.
    """
    chosen = units_at_clock_changes(network) if units is None else list(units)
    network.wiring.check_names(chosen)
    for name in chosen:
        _check_channels(network, network.wiring[name])
    return network.with_units([_shifted(unit, share) if unit.name in chosen else unit for unit in network.wiring.units])


def units_at_clock_changes(network: VideoNetwork) -> list[str]:
    """The units that must read previous values, so that under halving clocks no source that ticks faster is dead.

    In execution order, each unit that reads a source of a shorter period, unless an earlier one of these units reads
    that source as well. In Par-DenseNet: the first miniblock and the transitions.

    Raises:
        InputError: frames are not images, so that they have no resolution.
    """
    if len(network.frame_shape) != 3:
        raise InputError("frames are not images, so they have no resolution: give the names of units")
    schedule = plan(network, ScheduleOptions(clocks="halving"))
    chosen: list[str] = []
    read_before = {FRAME}  # the frame is not an execution
    for unit in schedule.units:
        inputs = [read.source for read in unit.reads if not read.feedback]
        if any(schedule[source].period < unit.period and source not in read_before for source in inputs):
            chosen.append(unit.name)
            read_before.update(inputs)
    return chosen


def _check_channels(network: VideoNetwork, unit: Unit) -> None:
    for edge in unit.edges:
        shape = tuple(network.value_spec(edge.source).shape[1:])
        if not edge.feedback and (not shape or shape[-1] < 2):
            raise InputError(
                f"unit {unit.name!r} reads {edge.source!r} of shape {list(shape)}: expected at least two channels, so "
                f"that a share can be shifted; leave the unit out of units"
            )


def _shifted(unit: Unit, share: float) -> Unit:
    inputs: list[str | tuple[str, int]] = []
    for item in unit.inputs:
        source, tap = (item, 0) if isinstance(item, str) else item
        inputs += [item, (source, tap + 1)]
    shifted = [True] * len(unit.inputs) + [False] * len(unit.feedback)
    layer = TemporalShift(unit.layer, share, shifted, dtype=unit.layer.dtype_policy, name=unit.layer.name)
    return replace(unit, layer=layer, inputs=inputs)

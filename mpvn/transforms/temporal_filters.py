"""Temporal filters: units that also read previous values."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import keras

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.chain import Chain
from mpvn.layers.stack_feedback import StackFeedback
from mpvn.layers.unbuilt import all_unbuilt
from mpvn.model.network import VideoNetwork
from mpvn.model.planning import plan
from mpvn.schedule.options import ScheduleOptions


@checked
def with_temporal_filters(
    network: VideoNetwork, kernel: Literal[1, 2, 3] = 2, units: Sequence[str] | None = None
) -> VideoNetwork:
    """Adds convolutions over the current and previous inputs of some units; the weights are new.

    A unit that reads `a` then reads `a`, `("a", 1)`, ...: its first convolution, over the channels of all of them, is a
    convolution in time. "Previous" counts executions of the source: kernel 2 over a source that ticks twice as fast
    reads all its outputs. The first valid tick is later, because the oldest taps must be valid.

    Source: MPVN, section 3.2 and Fig. 4 (b). The choice of units is ours.

    Args:
        network: a network whose units concatenate their inputs (`mpvn.layers.chain.Chain`) or are single convolutions;
            its weights do not change.
        kernel: number of executions of each input to read, 2 or 3 (1 changes nothing).
        units: names of the units; by default the first unit of every resolution, where halving clocks change.

    Returns:
        The sequential network.

    Raises:
        InputError: the kernel is out of range, or a unit is unknown or cannot take more inputs.
    """
    units = first_of_each_resolution(network) if units is None else list(units)
    network.wiring.check_names(units)
    changed = []
    for unit, layer in zip(network.wiring.units, all_unbuilt(network.unit_layers), strict=True):
        inputs = unit.inputs
        if unit.name in units and kernel > 1:
            inputs = [tap for source in inputs for tap in _taps(source, kernel)]
            layer = _concatenating(layer, unit.name)
        changed.append(replace(unit, layer=layer, inputs=inputs))
    return network.with_units(changed)


def first_of_each_resolution(network: VideoNetwork) -> list[str]:
    """The first unit of every period of halving clocks: the units that read faster sources, and the stem."""
    if len(network.frame_shape) != 3:
        raise InputError("frames are not images, so they have no resolution: give the names of units")
    firsts: dict[int, str] = {}
    for unit in plan(network, ScheduleOptions(clocks="halving")).units:
        if unit.name != network.schedule.output:
            firsts.setdefault(unit.period, unit.name)
    return list(firsts.values())


def _taps(source: str | tuple[str, int], kernel: int) -> list:
    name, tap = source if isinstance(source, tuple) else (source, 0)
    return [(name, tap + k) if tap + k else name for k in range(kernel)]


def _concatenating(layer: keras.layers.Layer, name: str) -> keras.layers.Layer:
    """A layer that takes a list of inputs and concatenates it."""
    if isinstance(layer, Chain):
        return layer
    if isinstance(layer, StackFeedback):
        return StackFeedback(_concatenating(layer.layer, name), dtype=layer.dtype_policy, name=layer.name)
    if isinstance(layer, (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D, keras.layers.Dense)):
        return Chain([layer], dtype=layer.dtype_policy, name=layer.name)
    raise InputError(
        f"the layer of unit {name!r}, a {type(layer).__name__}, does not concatenate its inputs: make it a "
        f"mpvn.layers.chain.Chain"
    )

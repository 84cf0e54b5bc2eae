"""Networks with a heatmap for every joint: the dense prediction head of the MPVN paper."""

from collections.abc import Iterable

import keras

from mpvn.errors import InputError
from mpvn.layers.dense_head import DenseHead
from mpvn.layers.normalization import BatchNormalization
from mpvn.model.network import VideoNetwork
from mpvn.networks.blocks import preactivated_convolution
from mpvn.schedule.wiring import FRAME, Unit, Wiring

FEATURES = 64  # channels between the two convolutions of the head: our choice


def with_keypoint_head(
    network: VideoNetwork, heatmap_size: int | tuple[int, int] | None = None, num_joints: int = 17
) -> VideoNetwork:
    """Replaces the head of an image network by one with a heatmap for every joint.

    The head reads the last unit of each resolution, bilinearly upsampled to the heatmaps and concatenated, and executes
    at every tick. Its inputs are normal edges: in a parallel network they come through registers, so from the previous
    tick, except for those of its own subnetwork. Resolutions finer than the heatmaps are not read; unused units are
    removed, and also the cuts that name them.

    Source: MPVN, section 3.1. Which unit is the last of a dense block (its last miniblock), a 1x1 and a 3x3
    convolution with `FEATURES` channels between them, and heatmaps of a quarter of the frame are our choice.

    Args:
        network: a network with its own head, such as `par_densenet` or `par_inception`. The units before the head, and
            their weights, are shared.
        heatmap_size: (height, width), or one number for both; by default a quarter of the frame.
        num_joints: number of heatmaps.

    Returns:
        The sequential network.

        Input shape: `[batch, time, height, width, channels]` in [0, 1].
        Output shape: `[batch, time, *heatmap_size, num_joints]`, logits for every frame.

    Raises:
        InputError: the heatmaps do not divide the frame or are coarser than all feature maps, or the old head is
            read as feedback.
    """
    size = _checked_size(network, heatmap_size)
    last = {_resolution(network, name): name for name in network.wiring.names[:-1]}
    sources = [name for shape, name in last.items() if shape and shape[0] <= size[0] and shape[1] <= size[1]]
    if not sources:
        raise InputError(f"heatmap_size={size} is coarser than all feature maps of {network.name!r}: give a larger one")
    units = _leading_to(network.wiring, sources)
    names = {unit.name for unit in units}
    dtype = network.dtype_policy
    chain = [
        *preactivated_convolution(FEATURES, 1, dtype),
        BatchNormalization(dtype=dtype),
        keras.layers.ReLU(dtype=dtype),
        keras.layers.Conv2D(num_joints, 3, padding="same", dtype=dtype),
    ]
    head = network.wiring.output
    units.append(Unit(head, DenseHead(chain, size, dtype=dtype, name=head), sources, every_tick=True))
    return VideoNetwork(
        units,
        network.frame_shape,
        cuts={number: starts for number, starts in network.cuts.items() if {*starts} <= {*names, head}},
        clock_presets={
            preset: {name: period for name, period in periods.items() if name in names}
            for preset, periods in network.clock_presets.items()
        },
        preprocessing=network.preprocessing,
        viewing=network.viewing,
        name=network.name,
        dtype=dtype,
    )


def _checked_size(network: VideoNetwork, heatmap_size: int | tuple[int, int] | None) -> tuple[int, int]:
    if len(network.frame_shape) != 3:
        raise InputError(f"frames of shape {network.frame_shape} have no heatmaps: expected (height, width, channels)")
    height, width, _ = network.frame_shape
    if heatmap_size is None:
        size: tuple[int, ...] = (height // 4, width // 4)
    else:
        size = (heatmap_size, heatmap_size) if isinstance(heatmap_size, int) else tuple(heatmap_size)
    whole = len(size) == 2 and all(isinstance(length, int) and length > 0 for length in size)
    if not whole or height % size[0] or width % size[1]:
        raise InputError(
            f"heatmap_size={size} does not divide frames of {height} x {width}: give a (height, width) that does"
        )
    return size[0], size[1]


def _resolution(network: VideoNetwork, name: str) -> tuple[int, int] | None:
    shape = network.value_spec(name).shape
    return (shape[1], shape[2]) if shape.rank == 4 else None


def _leading_to(wiring: Wiring, names: Iterable[str]) -> list[Unit]:
    """The units with a path to `names`, and `names` themselves."""
    needed, pending = {FRAME}, list(names)
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            pending += [edge.source for edge in wiring[name].edges]
    if wiring.output in needed:
        reader = next(edge.reader for edge in wiring.edges if edge.source == wiring.output)
        raise InputError(
            f"unit {reader!r} reads the head {wiring.output!r} as feedback: replace the head before adding feedback"
        )
    return [unit for unit in wiring.units if unit.name in needed]

"""Par-DenseNet, the densely connected network of the MPVN paper."""

from collections.abc import Sequence

import keras

from mpvn.checked import checked
from mpvn.layers.chain import Chain
from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.types import Dtype
from mpvn.model.network import VideoNetwork
from mpvn.networks.blocks import classifier, convolution, preactivated_convolution
from mpvn.networks.widths import scaled
from mpvn.ranges import Count, Positive, ShareBelowOne
from mpvn.schedule.wiring import FRAME, Unit

MINIBLOCKS = (4, 8, 8, 6)
GROWTH = 32  # as usual for DenseNet, like the bottleneck of 4 x growth and the compression of 0.5: our choice
BOTTLENECK = 4


@checked
def par_densenet(
    num_classes: Count = 200,
    input_shape: Sequence[int] = (224, 224, 3),
    width: Positive = 1.0,
    dropout: ShareBelowOne = 0.0,
    dtype: Dtype = None,
) -> VideoNetwork:
    """A 54-layer DenseNet: a stem, dense blocks of 4 + 8 + 8 + 6 miniblocks, transitions and a head.

    Every miniblock reads the input of its block and all earlier miniblocks of the block through separate edges, and
    concatenates them itself. A transition goes with the block after it. Cuts are declared for 14 (pairs of
    miniblocks), 7, 4 and 2 subnetworks; `clocks="halving"` gives periods 2, 4, 8, 16 to the four blocks.

    Source: MPVN, section 4.6 (miniblocks, cuts); growth and channels are those of DenseNet.

    Args:
        num_classes: number of actions.
        input_shape: (height, width, channels) of a frame.
        width: multiplies the growth rate and the stem's channels.
        dropout: share of the pooled features to drop in training.
        dtype: Keras dtype or policy; by default the global policy.

    Input shape: `[batch, time, height, width, channels]` in [0, 1].
    Output shape: `[batch, time, num_classes]`, logits for every frame.
    """
    layers = keras.layers
    growth = scaled(GROWTH, width)
    channels = scaled(2 * GROWTH, width)
    stem = convolution(channels, 7, 2, dtype) + [layers.MaxPooling2D(3, 2, padding="same", dtype=dtype)]
    units = [Unit("stem", Chain(stem, dtype=dtype, name="stem"), [FRAME])]
    block_input = "stem"
    reads: list[str] = []
    for block, miniblocks in enumerate(MINIBLOCKS, start=1):
        if block > 1:
            name, channels = f"transition{block - 1}", channels // 2
            transition = preactivated_convolution(channels, 1, dtype)
            transition.append(layers.AveragePooling2D(2, padding="same", dtype=dtype))
            units.append(Unit(name, Chain(transition, dtype=dtype, name=name), reads))
            block_input = name
        reads = [block_input]
        for miniblock in range(1, miniblocks + 1):
            name = f"block{block}_miniblock{miniblock}"
            chain = preactivated_convolution(BOTTLENECK * growth, 1, dtype) + preactivated_convolution(growth, 3, dtype)
            units.append(Unit(name, Chain(chain, dtype=dtype, name=name), reads))
            reads = [*reads, name]
            channels += growth
    head = [BatchNormalization(dtype=dtype), layers.ReLU(dtype=dtype), *classifier(num_classes, dropout, dtype)]
    units.append(Unit("head", Chain(head, dtype=dtype, name="head"), reads))
    return VideoNetwork(units, input_shape, cuts=_cuts(), name="par_densenet")


def _cuts() -> dict[int, list[str]]:
    """The first units of the paper's subnetworks; a group that begins a block begins at the transition before it."""

    def starts(per_group: int) -> list[str]:
        return [
            f"transition{block - 1}" if first == 1 and block > 1 else f"block{block}_miniblock{first}"
            for block, miniblocks in enumerate(MINIBLOCKS, start=1)
            for first in range(1, miniblocks + 1, per_group)
        ]

    # Below 14 subnetworks, the stem goes with the first group.
    return {14: starts(2), 7: starts(4)[1:], 4: starts(8)[1:], 2: ["transition2"]}

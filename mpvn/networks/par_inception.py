"""Par-Inception, the Inception-v1 network of the MPVN paper."""

from collections.abc import Sequence

import keras

from mpvn.checked import checked
from mpvn.layers.chain import Branches, Chain
from mpvn.layers.types import Dtype
from mpvn.model.network import VideoNetwork
from mpvn.networks.blocks import classifier, convolution
from mpvn.networks.widths import scaled
from mpvn.ranges import Count, Positive, ShareBelowOne
from mpvn.schedule.wiring import FRAME, Unit

# 1x1 | 1x1, 3x3 | 1x1, 3x3 | pooling, 1x1: channels of Inception-v1, with I3D's 3x3 in place of 5x5
BLOCKS = {
    "3b": (64, 96, 128, 16, 32, 32),
    "3c": (128, 128, 192, 32, 96, 64),
    "4b": (192, 96, 208, 16, 48, 64),
    "4c": (160, 112, 224, 24, 64, 64),
    "4d": (128, 128, 256, 24, 64, 64),
    "4e": (112, 144, 288, 32, 64, 64),
    "4f": (256, 160, 320, 32, 128, 128),
    "5b": (256, 160, 320, 32, 128, 128),
    "5c": (384, 192, 384, 48, 128, 128),
}
POOLED_FIRST = {"3b": 3, "4b": 3, "5b": 2}  # size of the max pooling with stride 2 before a block


@checked
def par_inception(
    num_classes: Count = 200,
    input_shape: Sequence[int] = (224, 224, 3),
    width: Positive = 1.0,
    dropout: ShareBelowOne = 0.0,
    dtype: Dtype = None,
) -> VideoNetwork:
    """Inception-v1 with batch normalisation: a stem of two units, nine Inception blocks and a head.

    Cuts are declared for 10 (the stem and every block) and 5 (pairs) subnetworks. `clocks="halving"` gives periods
    1, 2, 4, 8, 16 to conv1, conv2 and the 3x, 4x, 5x blocks; the preset `"i3d"` gives 2, 2, 2, 4, 8, which are the
    temporal strides of I3D.

    Source: MPVN, sections 4 and 4.6; channels of Inception-v1 as used by I3D.

    Args:
        num_classes: number of actions.
        input_shape: (height, width, channels) of a frame.
        width: multiplies all channels.
        dropout: share of the pooled features to drop in training.
        dtype: Keras dtype or policy; by default the global policy.

    Input shape: `[batch, time, height, width, channels]` in [0, 1].
    Output shape: `[batch, time, num_classes]`, logits for every frame.
    """
    conv1 = convolution(scaled(64, width), 7, 2, dtype)
    conv2 = [
        _pooling(3, 2, dtype),
        *convolution(scaled(64, width), 1, 1, dtype),
        *convolution(scaled(192, width), 3, 1, dtype),
    ]
    units = [
        Unit("conv1", Chain(conv1, dtype=dtype, name="conv1"), [FRAME]),
        Unit("conv2", Chain(conv2, dtype=dtype, name="conv2"), ["conv1"]),
    ]
    for block, channels in BLOCKS.items():
        name, source = f"mixed_{block}", units[-1].name
        a, b0, b1, c0, c1, d = (scaled(n, width) for n in channels)
        branches = [
            convolution(a, 1, 1, dtype),
            convolution(b0, 1, 1, dtype) + convolution(b1, 3, 1, dtype),
            convolution(c0, 1, 1, dtype) + convolution(c1, 3, 1, dtype),
            [_pooling(3, 1, dtype), *convolution(d, 1, 1, dtype)],
        ]
        chain = [Branches(branches, dtype=dtype)]
        if block in POOLED_FIRST:
            chain.insert(0, _pooling(POOLED_FIRST[block], 2, dtype))
        units.append(Unit(name, Chain(chain, dtype=dtype, name=name), [source]))
    head = Chain(classifier(num_classes, dropout, dtype), dtype=dtype, name="head")
    units.append(Unit("head", head, [units[-1].name]))
    blocks = [f"mixed_{block}" for block in BLOCKS]
    i3d = {"conv1": 2, "conv2": 2} | {f"mixed_{block}": {"3": 2, "4": 4, "5": 8}[block[0]] for block in BLOCKS}
    return VideoNetwork(
        units, input_shape, cuts={10: blocks, 5: blocks[1::2]}, clock_presets={"i3d": i3d}, name="par_inception"
    )


def _pooling(size: int, stride: int, dtype: Dtype) -> keras.layers.MaxPooling2D:
    return keras.layers.MaxPooling2D(size, stride, padding="same", dtype=dtype)

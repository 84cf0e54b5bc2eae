"""The non-causal reference of the MPVN paper: Inception over a whole clip, inflated in time."""

from collections.abc import Sequence

import keras

from mpvn.checked import checked
from mpvn.layers.chain import Branches, Chain
from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.types import Dtype
from mpvn.model.network import VideoNetwork
from mpvn.networks.par_inception import BLOCKS
from mpvn.networks.widths import scaled
from mpvn.ranges import Count, Positive, ShareBelowOne
from mpvn.schedule.wiring import FRAME, Unit

# Max pooling before a block: (kernel, strides) in time, height and width.
POOLED_FIRST = {"3b": ((1, 3, 3), (1, 2, 2)), "4b": ((3, 3, 3), (2, 2, 2)), "5b": ((2, 2, 2), (2, 2, 2))}


@checked
def inception_3d(
    num_classes: Count = 200,
    input_shape: Sequence[int] = (64, 224, 224, 3),
    width: Positive = 1.0,
    dropout: ShareBelowOne = 0.0,
    dtype: Dtype = None,
) -> VideoNetwork:
    """I3D: Par-Inception with temporal kernels and strides over the whole clip, neither causal nor parallel.

    A "frame" of this network is a whole clip, so its videos have one frame; see `data.sources.whole_clips`.

    Source: MPVN, Table 1, first row, "equivalent to the I3D model"; kernels, strides and channels are those of I3D
    (Carreira and Zisserman 2017).

    Args:
        num_classes: number of actions.
        input_shape: (frames, height, width, channels) of a clip.
        width: multiplies all channels.
        dropout: share of the pooled features to drop in training.
        dtype: Keras dtype or policy; by default the global policy.

    Input shape: `[batch, 1, frames, height, width, channels]` in [0, 1].
    Output shape: `[batch, 1, num_classes]`, logits.
    """
    layers = keras.layers
    conv1 = _convolution(scaled(64, width), 7, 2, dtype)
    conv2 = [
        layers.MaxPooling3D((1, 3, 3), (1, 2, 2), padding="same", dtype=dtype),
        *_convolution(scaled(64, width), 1, 1, dtype),
        *_convolution(scaled(192, width), 3, 1, dtype),
    ]
    units = [
        Unit("conv1", Chain(conv1, dtype=dtype, name="conv1"), [FRAME]),
        Unit("conv2", Chain(conv2, dtype=dtype, name="conv2"), ["conv1"]),
    ]
    for block, channels in BLOCKS.items():
        name, source = f"mixed_{block}", units[-1].name
        a, b0, b1, c0, c1, d = (scaled(n, width) for n in channels)
        branches = [
            _convolution(a, 1, 1, dtype),
            _convolution(b0, 1, 1, dtype) + _convolution(b1, 3, 1, dtype),
            _convolution(c0, 1, 1, dtype) + _convolution(c1, 3, 1, dtype),
            [layers.MaxPooling3D(3, 1, padding="same", dtype=dtype), *_convolution(d, 1, 1, dtype)],
        ]
        chain = [Branches(branches, dtype=dtype)]
        if block in POOLED_FIRST:
            chain.insert(0, layers.MaxPooling3D(*POOLED_FIRST[block], padding="same", dtype=dtype))
        units.append(Unit(name, Chain(chain, dtype=dtype, name=name), [source]))
    head = [
        layers.GlobalAveragePooling3D(dtype=dtype),
        layers.Dropout(dropout, dtype=dtype),
        layers.Dense(num_classes, dtype=dtype),
    ]
    units.append(Unit("head", Chain(head, dtype=dtype, name="head"), [units[-1].name]))
    return VideoNetwork(units, input_shape, name="inception_3d")


def _convolution(channels: int, size: int, stride: int, dtype: Dtype) -> list:
    """Convolution in space and time, batch normalisation, ReLU."""
    layers = keras.layers
    return [
        layers.Conv3D(channels, size, stride, padding="same", use_bias=False, dtype=dtype),
        BatchNormalization(dtype=dtype),
        layers.ReLU(dtype=dtype),
    ]

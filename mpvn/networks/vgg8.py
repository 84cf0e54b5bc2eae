"""VGG-8, the larger network of the Sideways paper."""

from collections.abc import Sequence

import keras

from mpvn.checked import checked
from mpvn.layers.chain import Chain
from mpvn.layers.types import Dtype
from mpvn.model.network import VideoNetwork
from mpvn.networks.blocks import convolution
from mpvn.networks.widths import scaled
from mpvn.ranges import Count, Positive, ShareBelowOne
from mpvn.schedule.wiring import FRAME, Unit

# kernel size, channels, stride, whether 2x2 max pooling follows
CONVOLUTIONS = ((7, 96, 2, True), (5, 256, 2, True), (3, 512, 1, False), (3, 512, 1, False), (3, 512, 1, True))


@checked
def vgg8(
    num_classes: Count = 101,
    input_shape: Sequence[int] = (112, 112, 3),
    width: Positive = 1.0,
    dropout: ShareBelowOne = 0.0,
    dtype: Dtype = None,
) -> VideoNetwork:
    """The RGB network of the two-stream model with batch normalisation: 8 units, 8 subnetworks in the paper.

    Source: Sideways, section 4.2, after Simonyan and Zisserman's two-stream model. Batch normalisation stands between
    convolution and ReLU. Padding ("same") and 2x2 pooling are our choice.

    Args:
        num_classes: number of actions.
        input_shape: (height, width, channels) of a frame.
        width: multiplies all channels, including those of the fully connected layers.
        dropout: share to drop after each of the two fully connected layers; the paper's "0.9" is such a share.
        dtype: Keras dtype or policy; by default the global policy.

    Input shape: `[batch, time, height, width, channels]` in [0, 1].
    Output shape: `[batch, time, num_classes]`, logits for every frame.
    """
    layers = keras.layers
    units, source = [], FRAME
    for i, (size, channels, stride, pooled) in enumerate(CONVOLUTIONS, start=1):
        chain = convolution(scaled(channels, width), size, stride, dtype)
        if pooled:
            chain.append(layers.MaxPooling2D(2, padding="same", dtype=dtype))
        units.append(Unit(f"conv{i}", Chain(chain, dtype=dtype, name=f"conv{i}"), [source]))
        source = f"conv{i}"
    for i, channels in ((6, 4096), (7, 2048)):
        chain = [layers.Flatten(dtype=dtype)] if i == 6 else []
        chain.append(layers.Dense(scaled(channels, width), activation="relu", dtype=dtype))
        chain.append(layers.Dropout(dropout, dtype=dtype))
        units.append(Unit(f"fc{i}", Chain(chain, dtype=dtype, name=f"fc{i}"), [source]))
        source = f"fc{i}"
    units.append(Unit("head", layers.Dense(num_classes, dtype=dtype, name="head"), [source]))
    return VideoNetwork(units, input_shape, cuts={8: [unit.name for unit in units[1:]]}, name="vgg8")

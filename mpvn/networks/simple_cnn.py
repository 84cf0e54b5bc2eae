"""Simple-CNN, the small network of the Sideways paper."""

from collections.abc import Sequence

import keras

from mpvn.checked import checked
from mpvn.layers.chain import Chain
from mpvn.layers.types import Dtype
from mpvn.model.network import VideoNetwork
from mpvn.networks.blocks import classifier, convolution
from mpvn.networks.widths import scaled
from mpvn.ranges import Count, Positive, ShareBelowOne
from mpvn.schedule.wiring import FRAME, Unit

CHANNELS = (32, 64, 64, 128, 256)
STRIDES = (2, 1, 2, 1, 2)


@checked
def simple_cnn(
    num_classes: Count = 101,
    input_shape: Sequence[int] = (112, 112, 3),
    width: Positive = 1.0,
    dropout: ShareBelowOne = 0.0,
    normalize: bool = False,
    dtype: Dtype = None,
) -> VideoNetwork:
    """Five 3x3 convolutions, global average pooling and a linear layer: 6 units, 6 subnetworks in the paper.

    Source: Sideways, section 4.2 (channels, kernels and strides). Padding ("same"), initial weights (He) and frames
    scaled to [-1, 1] are our choice.

    Args:
        num_classes: number of actions.
        input_shape: (height, width, channels) of a frame.
        width: multiplies all channels.
        dropout: share of the pooled features that is dropped in training.
        normalize: whether to add batch normalisation between convolution and ReLU, as in VGG-8; the paper has none.
        dtype: Keras dtype or policy; by default the global policy.

    Input shape: `[batch, time, height, width, channels]` in [0, 1].
    Output shape: `[batch, time, num_classes]`, logits for every frame.
    """
    units = convolutions(width, dtype, normalize)
    head = Chain(classifier(num_classes, dropout, dtype), dtype=dtype, name="head")
    units.append(Unit("head", head, [units[-1].name]))
    return VideoNetwork(units, input_shape, cuts={6: [unit.name for unit in units[1:]]}, name="simple_cnn")


def convolutions(width: float, dtype: Dtype, normalize: bool = False) -> list[Unit]:
    """The five convolutions, each a unit; arguments as for `simple_cnn`."""
    units, source = [], FRAME
    for i, (channels, stride) in enumerate(zip(CHANNELS, STRIDES, strict=True), start=1):
        name = f"conv{i}"
        if normalize:
            layer = Chain(convolution(scaled(channels, width), 3, stride, dtype), dtype=dtype, name=name)
        else:
            layer = keras.layers.Conv2D(
                scaled(channels, width),
                3,
                stride,
                padding="same",
                activation="relu",
                # Keras's default halves the signal at every ReLU; too little reaches the head to tell clips apart.
                kernel_initializer="he_normal",
                dtype=dtype,
                name=name,
            )
        if i == 1 and not normalize:
            # The mean of frames in [0, 1] is uninformative, but dominates deep layers without normalisation.
            centred = keras.layers.Rescaling(2.0, -1.0, dtype=dtype)
            layer = Chain([centred, layer], dtype=dtype, name=name)
        units.append(Unit(name, layer, [source]))
        source = name
    return units

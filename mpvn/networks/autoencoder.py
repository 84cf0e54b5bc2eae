"""The autoencoder of the Sideways paper."""

from collections.abc import Sequence

import keras

from mpvn.checked import checked
from mpvn.errors import InputError
from mpvn.layers.chain import Chain
from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.types import Dtype
from mpvn.model.network import VideoNetwork
from mpvn.networks.simple_cnn import CHANNELS, STRIDES, convolutions
from mpvn.networks.widths import scaled
from mpvn.ranges import Positive
from mpvn.schedule.wiring import Unit


@checked
def autoencoder(
    input_shape: Sequence[int] = (112, 112, 3), width: Positive = 1.0, normalize: bool = False, dtype: Dtype = None
) -> VideoNetwork:
    """The five convolutions of Simple-CNN and five transposed ones: 6 units, 6 subnetworks in the paper.

    The decoder is one unit: it takes one tick and gets exact gradients.

    Source: Sideways, section 4.2. "Symmetrical" is read as the mirrored strides and channels; the linear output is
    our choice.

    Args:
        input_shape: (height, width, channels) of a frame, height and width multiples of 8.
        width: multiplies all channels except those of the frame.
        normalize: whether to add batch normalisation before every ReLU; the paper's network has none.
        dtype: Keras dtype or policy; by default the global policy.

    Input shape: `[batch, time, height, width, channels]` in [0, 1].
    Output shape: the same.

    Raises:
        InputError: height or width is not a multiple of 8.
    """
    if any(size % 8 for size in input_shape[:2]):
        raise InputError(
            f"frames of {input_shape[0]} x {input_shape[1]} cannot be halved three times and restored: expected "
            f"multiples of 8"
        )
    units = convolutions(width, dtype, normalize)
    outputs = [scaled(channels, width) for channels in reversed(CHANNELS[:-1])]
    decoder = []
    for channels, stride in zip(outputs, reversed(STRIDES[1:]), strict=True):
        decoder.append(_transposed(channels, stride, dtype, None if normalize else "relu", use_bias=not normalize))
        if normalize:
            decoder += [BatchNormalization(dtype=dtype), keras.layers.ReLU(dtype=dtype)]
    decoder.append(_transposed(input_shape[2], STRIDES[0], dtype))
    units.append(Unit("decoder", Chain(decoder, dtype=dtype, name="decoder"), [units[-1].name]))
    return VideoNetwork(units, input_shape, cuts={6: [unit.name for unit in units[1:]]}, name="autoencoder")


def _transposed(
    channels: int, stride: int, dtype: Dtype, activation: str | None = None, use_bias: bool = True
) -> keras.layers.Conv2DTranspose:
    return keras.layers.Conv2DTranspose(
        channels,
        3,
        stride,
        padding="same",
        activation=activation,
        use_bias=use_bias,
        kernel_initializer="he_normal",
        dtype=dtype,
    )

"""Lists of layers that several networks share."""

import keras

from mpvn.layers.normalization import BatchNormalization
from mpvn.layers.types import Dtype


def convolution(channels: int, size: int, stride: int = 1, dtype: Dtype = None) -> list:
    """Convolution, batch normalisation per tick, ReLU."""
    layers = keras.layers
    return [
        layers.Conv2D(channels, size, stride, padding="same", use_bias=False, dtype=dtype),
        BatchNormalization(dtype=dtype),
        layers.ReLU(dtype=dtype),
    ]


def preactivated_convolution(channels: int, size: int, dtype: Dtype = None) -> list:
    """Batch normalisation per tick, ReLU, convolution: the order of DenseNet."""
    layers = keras.layers
    return [
        BatchNormalization(dtype=dtype),
        layers.ReLU(dtype=dtype),
        layers.Conv2D(channels, size, padding="same", use_bias=False, dtype=dtype),
    ]


def classifier(num_classes: int, dropout: float = 0.0, dtype: Dtype = None) -> list:
    """Global average pooling, dropout and a linear layer: the action-recognition head, logits for every frame."""
    layers = keras.layers
    return [
        layers.GlobalAveragePooling2D(dtype=dtype),
        layers.Dropout(dropout, dtype=dtype),
        layers.Dense(num_classes, dtype=dtype),
    ]

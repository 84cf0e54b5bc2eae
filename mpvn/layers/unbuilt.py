"""Copies of layers with the same settings but new weights, for changed inputs."""

from collections.abc import Sequence
from typing import Any

import keras

from mpvn.layers.keras_insides import layers_inside, sharing
from mpvn.layers.sharing import save_shared


def unbuilt(layer: keras.layers.Layer) -> keras.layers.Layer:
    """An unbuilt layer with the same settings."""
    return all_unbuilt([layer])[0]


def all_unbuilt(layers: Sequence[keras.layers.Layer]) -> list[keras.layers.Layer]:
    """Unbuilt layers with the same settings; shared layers stay shared."""
    parts = [part for layer in layers for part in layers_inside(layer)]
    # Classes and functions are available, even if Keras does not know them.
    known = {keras.saving.get_registered_name(type(part)): type(part) for part in parts}
    with sharing(), keras.saving.custom_object_scope(known):
        made = [
            keras.saving.deserialize_keras_object(_unbuilt(config), safe_mode=False) for config in save_shared(layers)
        ]
    for old, new in zip(_lambdas(layers), _lambdas(made), strict=True):
        new.function = old.function
    return made


def _lambdas(layers: Sequence[keras.layers.Layer]) -> list[keras.layers.Lambda]:
    return [part for layer in layers for part in layers_inside(layer) if isinstance(part, keras.layers.Lambda)]


def _unbuilt(config: Any) -> Any:
    if isinstance(config, dict):
        if config.get("class_name") == "Sequential":  # keeps the shape that it was built with as a layer
            inner = [layer for layer in config["config"]["layers"] if layer.get("class_name") != "InputLayer"]
            config = config | {"config": config["config"] | {"layers": inner}}
        known = ("build_config", "build_input_shape")
        return {key: _unbuilt(value) for key, value in config.items() if key not in known}
    return [_unbuilt(value) for value in config] if isinstance(config, list) else config

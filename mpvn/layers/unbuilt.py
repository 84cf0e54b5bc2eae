"""Layers again: of the same settings, with new weights."""

from typing import Any

import keras


def unbuilt(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A layer of the same settings that is not built yet."""
    return keras.saving.deserialize_keras_object(_unbuilt(keras.saving.serialize_keras_object(layer)))


def _unbuilt(config: Any) -> Any:
    if isinstance(config, dict):
        if config.get("class_name") == "Sequential":  # keeps the shape that it was built with as a layer
            inner = [layer for layer in config["config"]["layers"] if layer.get("class_name") != "InputLayer"]
            config = config | {"config": config["config"] | {"layers": inner}}
        known = ("build_config", "build_input_shape")
        return {key: _unbuilt(value) for key, value in config.items() if key not in known}
    return [_unbuilt(value) for value in config] if isinstance(config, list) else config

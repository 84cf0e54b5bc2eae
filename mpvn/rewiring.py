"""What transformations of a network's wiring share: the same units again, with new weights."""

import keras

from mpvn.network import VideoNetwork


def fresh(layer):
    """A layer of the same settings that is not built yet."""
    return keras.saving.deserialize_keras_object(_unbuilt(keras.saving.serialize_keras_object(layer)))


def like(network, units) -> VideoNetwork:
    """The sequential network of other units, with the frames, cuts and clock presets of `network`."""
    return VideoNetwork(
        units,
        network.frame_shape,
        cuts=network.cuts,
        clock_presets=network.clock_presets,
        name=network.name,
        dtype=network.dtype_policy,
    )


def _unbuilt(config):
    if isinstance(config, dict):
        if config.get("class_name") == "Sequential":  # keeps the shape that it was built with as a layer
            inner = [layer for layer in config["config"]["layers"] if layer.get("class_name") != "InputLayer"]
            config = config | {"config": config["config"] | {"layers": inner}}
        known = ("build_config", "build_input_shape")
        return {key: _unbuilt(value) for key, value in config.items() if key not in known}
    return [_unbuilt(value) for value in config] if isinstance(config, list) else config

"""A network as a config, which Keras writes into a file and restores the network from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras

from mpvn.layers.converted_unit import ConvertedUnit
from mpvn.layers.keras_insides import sharing
from mpvn.layers.policies import saved_policy
from mpvn.layers.preprocessing import UNKNOWN, Preprocessing
from mpvn.layers.sharing import one_network, save_shared
from mpvn.layers.viewing import Viewing
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import Unit

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork


def config_of(network: VideoNetwork) -> dict[str, Any]:
    """Everything of a network except its weights, as values for JSON."""
    units = [
        {
            "name": unit.name,
            "layer": layer,
            "inputs": [list(i) if isinstance(i, tuple) else i for i in unit.inputs],
            "feedback": list(unit.feedback),
            "every_tick": unit.every_tick,
            "output_shape": None if unit.output_shape is None else list(unit.output_shape),
        }
        for unit, layer in zip(network.wiring.units, save_shared(network.unit_layers), strict=True)
    ]
    return {
        "name": network.name,
        "dtype": saved_policy(network.dtype_policy),
        "units": units,
        "input_shape": list(network.frame_shape),
        "cuts": {str(number): list(names) for number, names in network.cuts.items()},
        "clock_presets": network.clock_presets,
        "schedule": network.schedule.to_rows(),
        "preprocessing": network.preprocessing.get_config(),
        "viewing": None if network.viewing is None else network.viewing.get_config(),
    }


def arguments_of(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The arguments of `VideoNetwork`, with new layers; see `config_of`."""
    with one_network(), sharing():
        units = [
            Unit(
                unit["name"],
                keras.saving.deserialize_keras_object(unit["layer"], custom_objects),
                [tuple(i) if isinstance(i, list) else i for i in unit["inputs"]],
                unit["feedback"],
                unit["every_tick"],
                unit["output_shape"],
            )
            for unit in config["units"]
        ]
    return {
        "units": units,
        "input_shape": config["input_shape"],
        "cuts": {int(number): names for number, names in config["cuts"].items()},
        "clock_presets": config["clock_presets"],
        "schedule": Schedule.from_rows(config["schedule"]),
        "preprocessing": _preprocessing_of(config, units),
        "viewing": Viewing.from_config(config["viewing"]) if config.get("viewing") else None,
        "name": config["name"],
        "dtype": config["dtype"],
    }


def _preprocessing_of(config: Mapping[str, Any], units: Sequence[Unit]) -> Preprocessing:
    """The preprocessing in a file; in older files, that of converted models is unknown."""
    if "preprocessing" in config:
        return Preprocessing.from_config(config["preprocessing"])
    converted = any(isinstance(unit.layer, ConvertedUnit) for unit in units)
    return Preprocessing(None, UNKNOWN) if converted else Preprocessing()

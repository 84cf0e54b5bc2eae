"""Dtype policies: those that networks take over from layers, and their form in files."""

from typing import Any

import keras


def plain_policy(layer: keras.layers.Layer) -> keras.DTypePolicy:
    """The compute type and the weight type of a layer, without parts that are only for layers with a kernel.

    A layer may be quantized, or have a policy for each of the layers inside it.
    """
    compute, variable = layer.compute_dtype, layer.variable_dtype
    return keras.DTypePolicy(compute if compute == variable else f"mixed_{compute}")


def saved_policy(policy: keras.DTypePolicy) -> str | dict[str, Any]:
    """A policy for a config; only its name if that is sufficient."""
    return policy.name if type(policy) is keras.DTypePolicy else keras.dtype_policies.serialize(policy)

"""Dtype policies: what a network takes over from its layers, and how one stands in a file."""

from typing import Any

import keras


def plain_policy(layer: keras.layers.Layer) -> keras.DTypePolicy:
    """The types that a layer computes in and keeps its weights in, without what is only for a layer with a kernel.

    A layer may be quantized, or have a policy for each of the layers inside it.
    """
    compute, variable = layer.compute_dtype, layer.variable_dtype
    return keras.DTypePolicy(compute if compute == variable else f"mixed_{compute}")


def saved_policy(policy: keras.DTypePolicy) -> str | dict[str, Any]:
    """A policy as a config has it; where it is no more than its name, the name."""
    return policy.name if type(policy) is keras.DTypePolicy else keras.dtype_policies.serialize(policy)

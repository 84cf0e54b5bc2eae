"""Training depth-parallel video networks with Sideways pseudo-gradients."""

import importlib

# Names are loaded when they are first used: the binaries of this package import it before they can quiet TensorFlow.
_HOMES = {
    "DelayCompensatedSGD": "sideways_tf.delay_compensation",
    "SidewaysModel": "sideways_tf.model",
    "gradient_diagnostics": "sideways_tf.diagnostics",
    "pseudo_gradients": "sideways_tf.gradients",
}
__all__ = list(_HOMES)


def __getattr__(name: str):
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'sideways_tf' has no attribute {name!r}")

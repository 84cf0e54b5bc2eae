"""Trains depth-parallel video networks with Sideways pseudo-gradients."""

import importlib
from typing import TYPE_CHECKING, Any

from mpvn import __version__ as __version__
from mpvn import registration
from mpvn.public_names import keep_public_names

# Names are loaded on first use: the binaries import this package before they can silence TensorFlow.
_HOMES = {
    "DelayCompensatedSGD": "sideways_tf.delay_compensation",
    "GradientRule": "sideways_tf.rules.rule",
    "SidewaysModel": "sideways_tf.model",
    "gradient_diagnostics": "sideways_tf.diagnostics",
    "pseudo_gradients": "sideways_tf.gradients",
}
__all__ = ["DelayCompensatedSGD", "GradientRule", "SidewaysModel", "gradient_diagnostics", "pseudo_gradients"]

if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from sideways_tf.delay_compensation import DelayCompensatedSGD
    from sideways_tf.diagnostics import gradient_diagnostics
    from sideways_tf.gradients import pseudo_gradients
    from sideways_tf.model import SidewaysModel
    from sideways_tf.rules.rule import GradientRule

keep_public_names(__name__)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'sideways_tf' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])


registration.register(__name__, __path__)  # so that Keras can load our files

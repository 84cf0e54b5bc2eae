"""Gradient rules: how cotangents cross registers. `Exact` and `Sideways`; your own rule is another file.

May import mpvn.engines and what is below it.
"""

from sideways_tf.rules.exact import Exact
from sideways_tf.rules.rule import GradientRule
from sideways_tf.rules.sideways import Sideways

SHORT_NAMES: dict[str, type[GradientRule]] = {"sideways": Sideways, "exact": Exact}

__all__ = ["SHORT_NAMES", "Exact", "GradientRule", "Sideways"]

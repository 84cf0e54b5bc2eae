"""Resolves and serialises gradient rules."""

from collections.abc import Callable
from typing import Any

import keras

from mpvn.errors import InputError
from sideways_tf.rules import SHORT_NAMES
from sideways_tf.rules.rule import GradientRule

Gradients = str | GradientRule | Callable[[], GradientRule]


def rule_of(gradients: Gradients) -> GradientRule:
    """The rule for a short name, a rule, or a function or class that returns one (`@my_rule` in gin).

    Raises:
        InputError: the rule is unknown.
    """
    if isinstance(gradients, str) and gradients in SHORT_NAMES:
        return SHORT_NAMES[gradients]()
    rule = gradients() if callable(gradients) else gradients
    if not isinstance(rule, GradientRule):
        raise InputError(
            f"gradients={gradients!r} is unknown: expected {', '.join(map(repr, SHORT_NAMES))} or a GradientRule"
        )
    return rule


def saved(rule: GradientRule) -> str | dict:
    """A rule for a config: its short name, or a serialised Keras object."""
    for name, known in SHORT_NAMES.items():
        if type(rule) is known:
            return name
    return keras.saving.serialize_keras_object(rule)


def loaded(config: str | dict, custom_objects: dict[str, Any] | None = None) -> GradientRule:
    """The rule that `saved` returned."""
    if isinstance(config, str):
        return rule_of(config)
    return keras.saving.deserialize_keras_object(config, custom_objects)

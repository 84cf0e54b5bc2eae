"""Optimizers by name."""

import keras

from mpvn.errors import InputError


def make_optimizer(name, learning_rate, **config):
    """A Keras optimizer, from its name or from a function of its settings.

    Raises:
        InputError: the name or a setting is unknown.
    """
    try:
        config = {"learning_rate": learning_rate, **config}
        given = callable(name)
        return name(**config) if given else keras.optimizers.get({"class_name": name, "config": config})
    except (ValueError, TypeError) as error:
        raise InputError(f"optimizer={name!r} cannot be used: {str(error).splitlines()[0]}") from None

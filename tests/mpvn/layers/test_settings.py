"""What of a layer counts as a setting, and which changes are told."""

import keras

from mpvn.layers.settings import Settings


def settings_of(**attributes):
    layer = keras.layers.Identity()
    for name, value in attributes.items():
        setattr(layer, name, value)
    return layer, Settings([layer])


def test_one_attribute_in_place_of_another():
    layer, settings = settings_of(rate=0.5)
    assert not settings.changed()
    del layer.rate
    layer.other = 0.5
    assert settings.changed()


def test_an_equal_value_is_no_change_and_the_next_one_is():
    layer, settings = settings_of(rate=0.5)
    layer.rate = 1.0 / 2.0
    assert not settings.changed()
    layer.rate = 0.25
    assert settings.changed()
    settings.look()
    assert not settings.changed()


def test_bookkeeping_is_none():
    layer, settings = settings_of(rate=0.5)
    layer(keras.ops.ones((1, 2)))
    layer._called = object()
    assert not settings.changed()
    layer.rate = 0.25
    assert settings.changed()


def test_lists_and_dicts():
    layer, settings = settings_of(table={"a": 1}, row=[1])
    layer.table["a"] = 2
    assert settings.changed()
    settings.look()
    layer.row.append(2)
    assert settings.changed()

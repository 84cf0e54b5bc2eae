import tensorflow as tf

from mpvn.devices.costs import medians_in_turn


def test_calls_are_measured_in_turn_after_a_first_one_of_each():
    called = []

    def run(name):
        called.append(name)
        return tf.constant(1.0)

    medians = medians_in_turn([lambda: run("a"), lambda: run("b")], repeats=2)
    assert called == ["a", "b"] * 3
    assert len(medians) == 2 and min(medians) > 0

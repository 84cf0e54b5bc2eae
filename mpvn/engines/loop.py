"""Loops over ticks, with at least one hyper-period unrolled in each iteration."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from mpvn.schedule.schedule import Schedule

# Every iteration passes on all registers, at a fixed cost, so each iteration runs several ticks.
TICKS_PER_TURN = 4


def ticks_per_turn(schedule: Schedule) -> int:
    """Ticks that are unrolled in the body of a loop: one hyper-period, or several for enough ticks."""
    return schedule.hyper_period * -(-TICKS_PER_TURN // schedule.hyper_period)


def over_ticks(
    begin: int, end: int, in_turn: int, tick: Callable, state: tuple, uniform: Callable | None = None
) -> tuple:
    """Runs ticks in sequence, in a `tf.while_loop` if there are two or more iterations.

    Args:
        begin, end: range of ticks; whole iterations if there are two or more.
        in_turn: ticks per iteration.
        tick: function of (now, offset, *state) that returns the next state; `now` is the tick, a tensor in a loop, and
            `offset` is `(now - begin) % in_turn`, a Python integer.
        state: state before the first tick.
        uniform: function of (*state) that converts it to the structure of every iteration's state; by default none.

    Returns:
        The state after the last tick.
    """
    if end - begin < 2 * in_turn:
        for now in range(begin, end):
            state = tick(now, (now - begin) % in_turn, *state)
        return state
    uniform = uniform or (lambda *state: state)

    def turn(at: tf.Tensor, *state: Any) -> tuple:
        for offset in range(in_turn):
            state = tick(at + offset, offset, *state)
        return (at + in_turn, *uniform(*state))

    _, *state = tf.while_loop(lambda at, *_: at < end, turn, (tf.constant(begin), *uniform(*state)))
    return tuple(state)

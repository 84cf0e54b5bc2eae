"""A loop over ticks: several of them, at least a hyper-period, are unrolled in each turn."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from mpvn.schedule.schedule import Schedule

# Every turn of a loop passes all registers on, which costs time whatever a tick costs: so several ticks make a turn.
TICKS_PER_TURN = 4


def ticks_per_turn(schedule: Schedule) -> int:
    """Ticks that are unrolled in the body of a loop: the hyper-period, or as many of them as make enough ticks."""
    return schedule.hyper_period * -(-TICKS_PER_TURN // schedule.hyper_period)


def over_ticks(
    begin: int, end: int, in_turn: int, tick: Callable, state: tuple, uniform: Callable | None = None
) -> tuple:
    """Runs ticks one after the other, in a `tf.while_loop` where they make two turns or more.

    Args:
        begin, end: the ticks; whole turns where there are two or more.
        in_turn: ticks in a turn.
        tick: function of (now, offset, *state) that gives the next state; `now` is the tick, a tensor in a loop, and
            `offset` is `(now - begin) % in_turn`, a Python integer.
        state: before the first tick.
        uniform: function of (*state) that brings it to the structure that every turn begins with; by default it has it.

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

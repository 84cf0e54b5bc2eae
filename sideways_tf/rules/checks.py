"""What every gradient rule must keep to: without it, the engines would give different gradients."""

from collections.abc import Iterator

import tensorflow as tf

from mpvn.errors import InputError
from mpvn.schedule.delays import Read
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME
from sideways_tf.rules.rule import GradientRule


def check_rule(rule: GradientRule, schedule: Schedule) -> None:
    """Raises InputError unless cotangents arrive where they can, and zeros stay zeros.

    Args:
        rule: how cotangents cross registers; rules that are not causal have no registers.
        schedule: whose edges they cross.
    """
    if not rule.causal:
        return
    for reader, read in _reads(schedule):
        _check_route(rule, reader, read)
    if rule.changes or rule.remembers:
        with tf.init_scope():
            _check_change(rule)


def _reads(schedule: Schedule) -> Iterator[tuple[str, Read]]:
    """Every edge back, with the name of its reader; the loss reads the output."""
    yield "the loss", Read(schedule.output, 0)
    for unit in schedule.units:
        yield from ((repr(unit.name), read) for read in unit.reads if read.source != FRAME)


def _check_route(rule: GradientRule, reader: str, read: Read) -> None:
    way = rule.route(read)
    edge = f"{rule.name}.route of the edge from {read.source!r} to {reader}, delay {read.delay} and tap {read.tap}"
    try:
        delay, tap = map(int, way)
    except (TypeError, ValueError):
        raise InputError(f"{edge} gives {way!r}: expected (delay, tap), two whole numbers") from None
    if read.delay and (delay < 1 or tap < 0):
        raise InputError(f"{edge} gives {way!r}: expected a delay from 1 on and a tap from 0 on")
    if not read.delay and (delay, tap) != (0, read.tap):
        raise InputError(
            f"{edge} gives {way!r}: no register lies there, so expected {(0, read.tap)}; change edges with a delay only"
        )


def _check_change(rule: GradientRule) -> None:
    """Cotangents of zeros, as long as none has come, must leave no trace."""
    zeros = tf.zeros([1, 2])
    before = rule.initial_state(zeros)
    found = rule.change(zeros, before)
    if not (isinstance(found, tuple) and len(found) == 2):
        raise InputError(
            f"{rule.name}.change gives {type(found).__name__}: expected (the cotangent that arrives, next state)"
        )
    arriving, after = found
    if bool(tf.reduce_any(tf.not_equal(arriving, zeros))):
        raise InputError(f"{rule.name}.change makes {arriving.numpy().tolist()} of zeros: expected zeros")
    values = [tf.nest.flatten(state) for state in (before, after)]
    same = len(values[0]) == len(values[1]) and all(
        one is other or bool(tf.reduce_all(tf.equal(one, other))) for one, other in zip(*values, strict=True)
    )
    if not same:
        raise InputError(f"{rule.name}.change moves the initial state although zeros came: expected the same state")

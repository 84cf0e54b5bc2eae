"""Runs of ticks as dataflow: what steps do one after the other, a longer run does at once."""

from cases import cases, schedule
from hypothesis import given
from hypothesis import strategies as st

from mpvn.schedule.dataflow import Execution, Frame, Register, dataflow, needed_registers
from mpvn.schedule.index_maps import register_depths


def run(flows, plan):
    """What outputs and registers are after runs of ticks, as expressions of frames and of empty registers."""
    held, tick, outputs = {}, 0, []
    for flow in flows:
        made = {}

        def value(what, held=held, made=made, tick=tick):
            if isinstance(what, Frame):
                return ("frame", tick + what.tick)
            if isinstance(what, Register):
                return held.get(what, ("empty", what.source, what.slot))
            return made[what]

        # Units read units before them, at this tick or earlier, or feedback: by ticks of the run no order is needed.
        left = {Execution(name, i): reads for name, each in flow.executions.items() for i, reads in enumerate(each)}
        while left:
            ready = [one for one, reads in left.items() if not any(read in left for read in reads)]
            assert ready, "executions wait for one another"
            for one in ready:
                made[one] = (one.unit, *map(value, left.pop(one)))
        outputs += [value(what) for what in flow.outputs]
        held = {**held, **{register: value(what) for register, what in flow.registers.items()}}
        tick += len(flow.outputs)
    return outputs, {register: held.get(register) for register in needed_registers(plan)}


@given(cases(feedback=True), st.integers(0, 3), st.integers(1, 9))
def test_a_long_run_is_the_short_ones_in_turn(case, phase, ticks):
    plan = schedule(case)
    phase %= plan.hyper_period
    steps = [dataflow(plan, (phase + i) % plan.hyper_period, 1) for i in range(ticks)]
    one_by_one, at_once = run(steps, plan), run([dataflow(plan, phase, ticks)], plan)
    assert one_by_one == at_once


@given(cases(feedback=True))
def test_what_is_read_is_kept_and_what_is_kept_is_read(case):
    plan = schedule(case)
    needed = needed_registers(plan)
    depths = register_depths(plan)
    assert all(register.slot < depths[register.source] for register in needed)
    read = {value for phase in range(plan.hyper_period) for value in dataflow(plan, phase, 2 * plan.hyper_period).reads}
    assert {value for value in read if isinstance(value, Register)} <= set(needed)


@given(cases())
def test_only_live_executions_are_left(case):
    plan = schedule(case)
    flow = dataflow(plan, 0, plan.hyper_period)
    counts = {name: len(reads) for name, reads in flow.executions.items()}
    live = {name: sum(unit == name for unit, _ in plan.live) for name in plan.names}
    assert counts == {name: count for name, count in live.items() if count}

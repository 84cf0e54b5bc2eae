"""Index maps and register depths against the slow simulation."""

import numpy as np
from cases import cases, chain, schedule
from hypothesis import given
from hypothesis import strategies as st
from reference import FRAME, first_valid, held, simulate

from mpvn.schedule.index_maps import read_map, register_depths, register_slot, return_map
from mpvn.schedule.schedule import Read


def valid_executions(case, run, name, num_frames, start_tick):
    if name == FRAME:
        return list(range(start_tick, start_tick + num_frames))
    first = first_valid(run[name])
    return [e for e in run[name] if first <= e.tick < start_tick + num_frames]


def tick_of(execution):
    return execution if isinstance(execution, int) else execution.tick


@given(cases(), st.integers(0, 30), st.integers(0, 12))
def test_read_and_return_maps(case, start_tick, extra):
    """The maps `r` and `q` of every edge, for every valid execution of its reader."""
    found, run = schedule(case), simulate(case, case.long + 12, start_tick)
    num_frames = first_valid(run[case.output]) - start_tick + 1 + extra
    for name in case.names:
        readers = valid_executions(case, run, name, num_frames, start_tick)
        ticks = found.valid_ticks(name, num_frames, start_tick)
        assert list(ticks) == [e.tick for e in readers]
        for i, (read, edge) in enumerate(zip(found[name].reads, case.edges[name], strict=True)):
            sources = valid_executions(case, run, edge.source, num_frames, start_tick)
            reads = [sources.index(e.reads[i]) for e in readers]
            assert read_map(found, read, ticks, num_frames, start_tick).tolist() == reads
            returns = []
            for e in readers:
                later = [k for k, s in enumerate(sources) if tick_of(s) >= e.tick + edge.delay]
                k = later[0] + edge.tap if later else len(sources)
                returns.append(k if k < len(sources) else -1)
            assert return_map(found, read, ticks, num_frames, start_tick).tolist() == returns


def test_maps_of_the_loss():
    """The loss reads the output at every tick, without delay."""
    case = chain(2)
    case = type(case)(case.units, case.subnetwork, {"u0": 1, "u1": 3}, {"u0": 0, "u1": 1})
    found, loss = schedule(case), Read("u1", 0)
    assert list(found.valid_ticks("u1", 9)) == [1, 4, 7]
    assert read_map(found, loss, range(9), 9).tolist() == [-1, 0, 0, 0, 1, 1, 1, 2, 2]
    assert return_map(found, loss, range(1, 9), 9).tolist() == [0, 1, 1, 1, 2, 2, 2, -1]


def test_maps_are_int32():
    found = schedule(chain(2))
    for index_map in (read_map, return_map):
        assert index_map(found, Read("u0", 1), range(1, 4), 4).dtype == np.int32
        assert index_map(found, Read("u0", 1), range(1, 1), 1).shape == (0,)


def shift_registers(case, found, num_ticks, start_tick, depths):
    """A machine that keeps `depths[source]` executions from tick to tick; what each execution and output reads."""
    kept = {source: [None] * depth for source, depth in depths.items()}
    reads, outputs = {name: [] for name in case.names}, []
    for tick in range(start_tick, start_tick + num_ticks):
        history = {FRAME: [tick, *kept.get(FRAME, [])]}
        for name in case.names:
            history[name] = list(kept.get(name, []))
        for unit in found.units:
            if tick % unit.period != unit.phase:
                continue
            values = [history[read.source][register_slot(found, unit.name, read, tick)] for read in unit.reads]
            reads[unit.name].append((tick, values))
            history[unit.name].insert(0, (unit.name, tick))
        outputs.append(history[case.output][0])
        kept = {source: history[source][: len(values)] for source, values in kept.items()}
    return reads, outputs


def label(execution):
    return execution if execution is None or isinstance(execution, int) else (execution.unit, execution.tick)


@given(cases(feedback=True), st.integers(0, 30))
def test_registers_of_the_least_depth_read_what_the_simulation_reads(case, start_tick):
    found = schedule(case)
    num_ticks = case.long + 2 * case.hyper_period
    run, depths = simulate(case, num_ticks, start_tick), register_depths(found)
    reads, outputs = shift_registers(case, found, num_ticks, start_tick, depths)
    for name in case.names:
        assert reads[name] == [(e.tick, [label(read) for read in e.reads]) for e in run[name]]
    ticks = range(start_tick, start_tick + num_ticks)
    assert outputs == [label(held(run[case.output], tick)) for tick in ticks]


@given(cases(feedback=True, max_units=4))
def test_no_register_is_deeper_than_it_must_be(case):
    found = schedule(case)
    num_ticks = case.long + 2 * case.hyper_period
    depths = register_depths(found)
    right = shift_registers(case, found, num_ticks, 0, depths)
    for source, depth in depths.items():
        assert depth > 0
        try:
            wrong = shift_registers(case, found, num_ticks, 0, depths | {source: depth - 1})
        except IndexError:
            continue
        assert wrong != right


def test_depths_by_hand():
    assert register_depths(schedule(chain(3))) == {"u0": 1, "u1": 1}
    assert register_depths(schedule(chain(1))) == {}
    case = chain(3, "aligned")
    case.units["u2"] = (["u1", "u0", ("frame", 1)], [])
    aligned = type(case)(case.units, case.subnetwork, case.periods, case.phases, "aligned")
    assert register_depths(schedule(aligned)) == {"frame": 3, "u0": 2, "u1": 1}
    slow = type(case)({"a": (["frame"], ["a"])}, {"a": 0}, {"a": 4}, {"a": 0})
    assert register_depths(schedule(slow)) == {"a": 1}

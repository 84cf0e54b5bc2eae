"""Index maps of an edge in a clip: the execution that is read, and the one that gets its cotangent.

Executions of a unit are counted from 0 over its valid ticks (`Schedule.valid_ticks`), in order. The maps turn a
schedule into gathers and segment sums.
"""

from collections.abc import Sequence

import numpy as np

from mpvn.schedule.delays import Read
from mpvn.schedule.schedule import Schedule


def read_map(schedule: Schedule, read: Read, ticks: range, num_frames: int, start_tick: int = 0) -> np.ndarray:
    """For a reader that executes at `ticks`, the execution of the source that each of them reads.

    The map `r`: the last `k` with `e_k <= t - delay`, less the tap.

    Returns:
        int32 [len(ticks)]; negative where no valid value exists yet.
    """
    source = schedule.valid_ticks(read.source, num_frames, start_tick)
    at = np.asarray(ticks, np.int64) - read.delay
    return np.asarray((at - source.start) // source.step - read.tap, np.int32)


def return_map(schedule: Schedule, read: Read, ticks: range, num_frames: int, start_tick: int = 0) -> np.ndarray:
    """For a reader that executes at `ticks`, the execution of the source that gets each of its Sideways cotangents.

    The map `q`: the first `k` with `e_k >= t + delay`, plus the tap.

    Returns:
        int32 [len(ticks)]; -1 where the clip ends earlier: that cotangent is dropped.
    """
    source = schedule.valid_ticks(read.source, num_frames, start_tick)
    at = np.asarray(ticks, np.int64) + read.delay
    index = np.maximum(-((source.start - at) // source.step), 0) + read.tap
    return np.where(index < len(source), index, -1).astype(np.int32)


def register_slot(schedule: Schedule, reader: str, read: Read, tick: int) -> int:
    """The age in executions of the value that `reader` reads at `tick`.

    Slot 0 is the source's latest execution, which is that of this tick if the source has already executed.
    """
    source = schedule[read.source]
    latest = tick - 1 if read.feedback else tick
    between = (latest - source.phase) // source.period - (tick - read.delay - source.phase) // source.period
    return between + read.tap


def register_depths(schedule: Schedule, watched: Sequence[str] = ()) -> dict[str, int]:
    """How many executions of every source must be kept from one tick to the next; sources that need none are left out.

    The output unit and watched units are read at every tick, so they are kept if their clock is slower than that.
    """
    depths: dict[str, int] = {}

    def need(source: str, tick: int, slot: int, feedback: bool) -> None:
        fresh = schedule.executes(source, tick) and not feedback
        kept = slot if fresh else slot + 1
        if kept:
            depths[source] = max(depths.get(source, 0), kept)

    for unit in schedule.units:
        for tick in range(unit.phase, schedule.hyper_period, unit.period):
            for read in unit.reads:
                need(read.source, tick, register_slot(schedule, unit.name, read, tick), read.feedback)
    for tick in range(schedule.hyper_period):
        for name in (schedule.output, *watched):
            need(name, tick, 0, False)
    return depths

"""Random wirings with random cuts and clocks, and a few that are worth having by name."""

import math

from hypothesis import strategies as st
from reference import FRAME, Case

from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import Unit, Wiring


@st.composite
def cases(draw, feedback: bool = False, skips: tuple[str, ...] = ("fresh", "aligned"), max_units: int = 6):
    """A random DAG with taps, skips, cuts, periods, phases and, if asked for, feedback."""
    size = draw(st.integers(1, max_units))
    names = [f"u{i}" for i in range(size)]
    skips = draw(st.sampled_from(skips))
    units, subnetwork, periods, phases, every_tick = {}, {}, {FRAME: 1}, {}, set()
    current = 0
    for i, name in enumerate(names):
        current += 0 if i == 0 else draw(st.integers(0, 1))
        subnetwork[name] = current
    for i, name in enumerate(names):
        sources = [FRAME, *names[:i]]
        # Mostly the unit before, so that depth matters; sometimes anything.
        first = sources[-1] if draw(st.booleans()) else draw(st.sampled_from(sources))
        others = draw(st.lists(st.sampled_from(sources), max_size=2))
        taps = draw(st.lists(st.sampled_from([0, 0, 0, 1, 2]), min_size=3, max_size=3))
        inputs = [s if tap == 0 else (s, tap) for s, tap in zip([first, *others], taps, strict=False)]
        back = []
        if feedback and draw(st.booleans()):
            later = [n for n in names[i:] if skips == "fresh" or subnetwork[n] == subnetwork[name]]
            back = [draw(st.sampled_from(later))]
        units[name] = (inputs, back)
        if draw(st.integers(0, 7)) == 0:
            every_tick.add(name)
            periods[name] = 1
        else:
            least = math.lcm(*(periods[s if isinstance(s, str) else s[0]] for s in inputs))
            periods[name] = least * draw(st.sampled_from([1, 1, 2, 3])) if least <= 4 else least
    del periods[FRAME]
    rule = draw(st.sampled_from(["staggered", "zero", "random"]))
    for name in names:
        if rule == "random":
            phases[name] = draw(st.integers(0, periods[name] - 1))
        else:
            phases[name] = subnetwork[name] % periods[name] if rule == "staggered" else 0
    return Case(units, subnetwork, periods, phases, skips, frozenset(every_tick))


def wiring(case: Case, layers=None) -> Wiring:
    return Wiring(
        [
            Unit(name, layers and layers[name], inputs, feedback, every_tick=name in case.every_tick)
            for name, (inputs, feedback) in case.units.items()
        ]
    )


def schedule(case: Case, prediction_latency: int = 0) -> Schedule:
    return Schedule.plan(wiring(case), case.subnetwork, case.periods, case.phases, case.skips, prediction_latency)


def chain(size: int, skips: str = "fresh") -> Case:
    """A chain of `size` units, each a subnetwork of its own, without clocks."""
    names = [f"u{i}" for i in range(size)]
    units = {name: ([names[i - 1] if i else FRAME], []) for i, name in enumerate(names)}
    return Case(units, {n: i for i, n in enumerate(names)}, dict.fromkeys(names, 1), dict.fromkeys(names, 0), skips)


def par_densenet(num_subnetworks: int = 14, clocks: bool = True, phases: str = "staggered", dense: bool = True) -> Case:
    """Par-DenseNet as the paper cuts it: a stem and pairs of miniblocks; transitions go with the block after them."""
    units, pair, periods = {"stem": ([FRAME], [])}, {"stem": 0}, {"stem": 1}
    block_input, reads, group = "stem", [], 0
    for block, (miniblocks, period) in enumerate(zip((4, 8, 8, 6), (2, 4, 8, 16), strict=True), start=1):
        if block > 1:
            name = f"transition{block - 1}"
            units[name] = (reads if dense else reads[-1:], [])
            pair[name], periods[name], block_input = group + 1, period, name
        reads = [block_input]
        for miniblock in range(miniblocks):
            name = f"block{block}_miniblock{miniblock + 1}"
            group += miniblock % 2 == 0
            units[name] = (list(reads) if dense else reads[-1:], [])
            pair[name], periods[name] = group, period
            reads.append(name)
    units["head"] = (reads if dense else reads[-1:], [])
    pair["head"], periods["head"] = group, 16
    subnetwork = pair if num_subnetworks == 14 else dict.fromkeys(units, 0)
    periods = periods if clocks else dict.fromkeys(units, 1)
    phase = {n: 0 if phases == "zero" else subnetwork[n] % periods[n] for n in units}
    return Case(units, subnetwork, periods, phase)

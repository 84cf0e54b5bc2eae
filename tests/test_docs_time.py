"""The page on time: its snippets run, its diagrams and numbers are those of the package, its files exist."""

import contextlib
import dataclasses
import io
import re
from pathlib import Path

import pytest
from cases import par_densenet
from cases import schedule as scheduled

from mpvn.schedule import clocks
from mpvn.schedule.delays import Read
from mpvn.schedule.index_maps import read_map, return_map
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import Unit, Wiring

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "time.md").read_text()
LINES = [line.rstrip() for line in PAGE.splitlines()]
TEXT = " ".join(PAGE.split())


CHAIN = {"a": ["frame"], "b": ["a"], "c": ["b"]}
SKIP = {"a": ["frame"], "b": ["a"], "c": ["b", "a"]}
TAPS = {"a": ["frame"], "b": ["a", ("a", 1)]}


def plan(units, periods=None, phases="staggered", skips="fresh", subnetwork=None) -> Schedule:
    wiring = Wiring([Unit(name, inputs=inputs) for name, inputs in units.items()])
    subnetwork = subnetwork or {name: i for i, name in enumerate(units)}
    periods = clocks.periods(wiring, periods)
    phases = clocks.phases(wiring, periods, subnetwork, phases)
    return Schedule.plan(wiring, subnetwork, periods, phases, skips)


def golden(name: str) -> Schedule:
    return Schedule.from_csv(ROOT / "tests" / "golden" / f"par_densenet_14_clocks-halving{name}.csv")


def row(label: str, cells) -> str:
    return (f"{label:<26}" + "".join(f"{cell:<4}" for cell in cells)).rstrip()


def check_diagram(heading: str, num_ticks: int, rows: dict):
    """These rows stand in the page, one below the other."""
    wanted = [row(heading, range(num_ticks))] + [row(label, cells) for label, cells in rows.items()]
    assert "\n".join(wanted) in "\n".join(LINES)


def held(schedule: Schedule, name: str, num_ticks: int, stars: bool = False):
    """The frame that a unit holds at every tick, a dot where it is not valid."""
    for tick in range(num_ticks):
        if tick < schedule.unit_valid_from(name):
            yield "."
        else:
            (frame,) = schedule.frames_mixed(name, tick)
            yield f"{frame}{'*' * (stars and schedule.executes(name, tick))}"


def read(schedule: Schedule, edge: Read, num_ticks: int):
    """The frame that comes along an edge at every tick."""
    frames = list(held(schedule, edge.source, num_ticks))
    for tick in range(num_ticks):
        at = schedule.source_tick(edge, tick)
        yield frames[at] if at >= 0 else "."


def test_snippets_run_and_print_what_they_say():
    names, checked = {}, 0
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(snippet, names)  # noqa: S102
        wanted = re.findall(r"^print\(.*\)  # (.*)$", snippet, re.MULTILINE)
        assert printed.getvalue().splitlines()[: len(wanted)] == wanted
        checked += len(wanted)
    assert checked >= 15


def test_files_exist():
    named = set(re.findall(r"`((?:mpvn|sideways_tf|tests)/[\w/.]+\.py)", PAGE))
    assert len(named) > 40
    missing = {path for path in named if not (ROOT / path).is_file()}
    assert not missing, f"the page names {sorted(missing)}, which do not exist"
    for path in re.findall(r"\]\(([\w/.-]+)\)", PAGE):
        assert (ROOT / "docs" / path).exists(), path


def test_tests_exist():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    for path, name in named:
        assert f"\ndef {name}(" in (ROOT / path).read_text(), f"{path} has no {name}"


def test_registers():
    chain = plan(CHAIN)
    labels = {"a": "a", "b": "b", "c": "c, the output"}
    check_diagram("tick", 6, {labels[name]: held(chain, name, 6) for name in "abc"})


def test_fresh_and_aligned_skips():
    fresh, aligned = plan(SKIP)["c"].reads, plan(SKIP, skips="aligned")["c"].reads
    assert fresh[0] == aligned[0]
    edges = {"c reads b": fresh[0], "c reads a, fresh": fresh[1], "c reads a, aligned": aligned[1]}
    check_diagram("tick", 6, {label: read(plan(SKIP), edge, 6) for label, edge in edges.items()})


def test_taps():
    taps = plan(TAPS)
    edges = zip(("b reads a", "b reads (a, 1)"), taps["b"].reads, strict=True)
    check_diagram("tick", 6, {label: read(taps, edge, 6) for label, edge in edges})


def test_clocks():
    rows = {}
    for phases in ("staggered", "zero"):
        found = plan(CHAIN, {"b": 2}, phases)
        rows.setdefault("a", held(found, "a", 8, stars=True))
        rows |= {f"{name}, {phases}": held(found, name, 8, stars=True) for name in "bc"}
    check_diagram("tick", 8, rows)
    staggered = plan(CHAIN, {"b": 2})
    dead = [tick for tick in range(8) if ("a", tick % 2) not in staggered.live]
    assert dead == [1, 3, 5, 7]
    assert "what `a` computes for frames 1, 3, 5 and 7" in TEXT


@pytest.mark.parametrize(("rule", "back"), [("exact", read_map), ("Sideways", return_map)])
def test_cotangents(rule, back):
    chain, num_ticks = plan(CHAIN), 7
    arrived = {"c": {tick: tick for tick in range(chain.reach, num_ticks)}}
    for reader, source in (("c", "b"), ("b", "a")):
        (edge,) = chain[reader].reads
        executions = chain.valid_ticks(source, num_ticks)
        arrived[source] = {}
        for tick, loss in arrived[reader].items():
            (index,) = back(chain, edge, range(tick, tick + 1), num_ticks)
            if index >= 0:
                arrived[source][executions[index]] = loss
    rows = {name: [arrived[name].get(tick, ".") for tick in range(num_ticks)] for name in "cba"}
    check_diagram(f"tick, {rule}", num_ticks, rows)


def test_staleness():
    chain = plan(CHAIN)
    assert chain.path_staleness == {name: (2 * (3 - 1 - i),) for i, name in enumerate("abc")}
    assert "At tick 4, `a` holds frame 4, and the loss of tick 2 came from frame 0" in TEXT
    assert chain.frames_mixed("a", 4) == (4,)
    assert chain.frames_mixed("c", 2) == (0,)


def test_masks():
    chain = plan(CHAIN)
    gamma = {name: [int(tick >= chain.gamma_from[name]) for tick in range(7)] for name in "cba"}
    check_diagram("tick", 7, {f"gamma of {name}": cells for name, cells in gamma.items()})
    long = plan({f"u{i}": [f"u{i - 1}" if i else "frame"] for i in range(8)})
    assert long.gamma_from == {f"u{i}": 2 * (8 - 1) - i for i in range(8)}
    counts = 64 - long.gamma_from["u0"], 64 - long.gamma_from["u7"]
    assert "the first subnetwork averages {} gradients and the last one {}".format(*counts) in TEXT


def test_maps():
    slow = plan(TAPS, {"a": 2, "b": 4})
    ticks = slow.valid_ticks("b", 16)
    now, before = slow["b"].reads
    rows = {
        "`b` executes at tick": ticks,
        "reads `a`: `r`": read_map(slow, now, ticks, 16),
        'reads `("a", 1)`: `r - 1`': read_map(slow, before, ticks, 16),
        "Sideways cotangent of `a`: `q`": return_map(slow, now, ticks, 16),
        'Sideways cotangent of `("a", 1)`: `q + 1`': return_map(slow, before, ticks, 16),
    }
    for label, numbers in rows.items():
        assert f"| {label} | {' | '.join(map(str, numbers))} |" in LINES
    executions = slow.valid_ticks("a", 16)
    assert f"`a` executes at ticks {', '.join(map(str, executions))}" in TEXT
    assert f"`b` is valid from tick {slow.valid_from} on" in TEXT
    assert [executions[k] for k in (2, 1, 3, 4)] == [4, 2, 6, 8]


def test_a_tap_inside_a_subnetwork():
    inside = plan(TAPS, subnetwork={"a": 0, "b": 0})
    edge, executions = inside["b"].reads[1], inside.valid_ticks("a", 6)
    assert edge.delay == 0
    assert executions[read_map(inside, edge, range(3, 4), 6)[0]] == 2
    assert executions[return_map(inside, edge, range(3, 4), 6)[0]] == 4
    assert inside.path_staleness["a"] == (0, 2)
    assert 'at tick 3 reads `("a", 1)` from tick 2' in TEXT
    assert "its Sideways cotangent goes to tick 4" in TEXT


def test_the_loss_is_a_reader():
    found, loss = plan({"a": ["frame"], "b": ["a"]}, {"b": 3}), Read("b", 0)
    ticks = range(found.reach, 9)
    assert f"executes at ticks {' and '.join(', '.join(map(str, found.valid_ticks('b', 9))).rsplit(', ', 1))}" in TEXT
    assert f"ticks {ticks[0]} to {ticks[-1]} read" in TEXT
    for back, words in ((read_map, "read executions"), (return_map, "Sideways cotangents to executions")):
        assert f"{words} {', '.join(map(str, back(found, loss, ticks, 9)))}" in TEXT


def test_par_densenet():
    for phases, label in (("", "staggered phases"), ("_phases-level", "level phases"), ("_phases-zero", "zero phases")):
        found = golden(phases)
        least, mean, largest = found.information_latency
        numbers = f"| tick {found.valid_from} | {least} / {mean} / {largest} |"
        assert any(line.startswith(f"| {label}") and line.endswith(numbers) for line in LINES), numbers

    def miniblocks(schedule):
        return sum(count for name, count in schedule.executions(16).items() if "miniblock" in name)

    clocked = golden("")
    plain = Schedule([dataclasses.replace(unit, period=1, phase=0) for unit in clocked.units])
    without, with_clocks = miniblocks(plain), miniblocks(clocked)
    assert f"execute {without} times without clocks and {with_clocks} times" in TEXT
    assert f"{without / with_clocks:.1f} times less" in TEXT
    chain = scheduled(par_densenet(clocks=False, dense=False))
    latencies = plain.information_latency[0], chain.information_latency[0]
    assert "has an information latency of {} frames; as a chain it has {}".format(*latencies) in TEXT
    assert [clocked[f"block{i}_miniblock1"].period for i in (1, 2, 3, 4)] == [2, 4, 8, 16]


def test_par_inception():
    found = Schedule.from_csv(ROOT / "tests" / "golden" / "par_inception_10_clocks-halving.csv")
    units = ("conv1", "conv2", "mixed_3b", "mixed_4b", "mixed_5b")
    assert [found[name].period for name in units] == [1, 2, 4, 8, 16]
    assert "conv1, conv2, 3x, 4x and 5x get 1, 2, 4, 8 and 16" in TEXT

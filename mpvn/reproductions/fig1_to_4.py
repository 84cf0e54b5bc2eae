"""Figs. 1 to 4, drawn from schedules: pipelines, receptive fields, cuts, and patterns of connectivity."""

from collections.abc import Mapping, Sequence

from mpvn.reproductions.support.result import Request, Result
from mpvn.results import tables
from mpvn.schedule import connectivity
from mpvn.schedule.schedule import Schedule
from mpvn.schedule.wiring import FRAME, Unit, Wiring

TICKS = 8
UNITS = 4  # as many as the paper draws
Inputs = Sequence[str | tuple[str, int]]


def chain(size: int = UNITS, taps: bool = False, feedback: bool = False, skips: bool = False) -> list[Unit]:
    """Units above each other.

    Args:
        size: how many.
        taps: whether each also reads what came before from the one below.
        feedback: whether the lowest one also reads the output before.
        skips: whether each also reads all that are further below.
    """
    names = [f"h{i + 1}" for i in range(size)]
    units = []
    for number, name in enumerate(names):
        below = names[number - 1] if number else FRAME
        inputs: list[str | tuple[str, int]] = [below]
        inputs += [(below, 1)] if taps else []
        inputs += names[: number - 1] if skips and number > 1 else []
        units.append(Unit(name, None, inputs, [names[-1]] if feedback and not number else []))
    return units


def planned(
    units: Sequence[Unit], subnetworks: Sequence[int], periods: Sequence[int] | None = None, latency: int = 0
) -> Schedule:
    """The schedule of units in subnetworks, with staggered clocks."""
    names, each = [unit.name for unit in units], periods or [1] * len(units)
    phases = [subnetwork % period for subnetwork, period in zip(subnetworks, each, strict=True)]
    of, at, begins = (dict(zip(names, values, strict=True)) for values in (subnetworks, each, phases))
    return Schedule.plan(Wiring(units), of, at, begins, prediction_latency=latency)


def figures() -> Mapping[str, Mapping[str, Schedule]]:
    """{figure: {title: schedule}}."""
    one, each = [0] * UNITS, list(range(UNITS))
    return {
        "fig1": {
            "(a) sequential": planned(chain(), one),
            "(b) depth-parallel": planned(chain(), each),
            "(c) and (b) differ in the target:\nlatency 2": planned(chain(), each, latency=2),
            "(d) with skip connections": planned(chain(skips=True), each),
        },
        "fig2": {
            "(b) causal": planned(chain(taps=True), one),
            "(c) pipelined": planned(chain(taps=True), each),
        },
        "fig3": {
            "three subnetworks of two layers": planned(chain(6), [0, 0, 1, 1, 2, 2]),
            "two subnetworks of three layers": planned(chain(6), [0, 0, 0, 1, 1, 1]),
        },
        "fig4": {
            "basic": planned(chain(), one),
            "temporal": planned(chain(taps=True), one),
            "feedback": planned(chain(feedback=True), one),
            "temporal, multi-rate clocks": planned(chain(taps=True), one, [1, 1, 2, 2]),
        },
    }


def run(request: Request) -> None:
    """Draws the figures, and writes what an output depends on in each of them."""
    rows, pictures = [], []
    for name, schedules in figures().items():
        pictures.append(request.folder / f"{name}.png")
        connectivity.plot(dict(schedules), pictures[-1], TICKS, request.of_pictures)
        rows += [_row(name, title, schedule) for title, schedule in schedules.items()]
    notes = [
        tables.machine(),
        f"scale {request.scale}: nothing is computed; drawn are {TICKS} ticks, blue is what the last output depends on",
        "the paper's (a) of Fig. 2, which also sees later frames, is no schedule of a stream",
    ]
    request.report("fig1_to_4", "Figs. 1 to 4: connectivity", rows, notes, pictures)


def _row(figure: str, title: str, schedule: Schedule) -> dict[str, object]:
    tick = schedule.last_execution(schedule.output, 10 * TICKS)
    frames = [tick - frame for frame in schedule.frames_mixed(schedule.output, tick)]
    return {
        "figure": figure,
        "network": " ".join(title.split()),
        "subnetworks": schedule.num_subnetworks,
        "output compared with the target of": f"{schedule.prediction_latency} frames before",
        "information latency, frames": schedule.information_latency[0],
        "frames in an output": len(frames),
        "executions per tick": sum(schedule.executions(schedule.hyper_period).values()) / schedule.hyper_period,
    }


RESULT = Result(run)

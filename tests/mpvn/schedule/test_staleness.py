"""Staleness of cotangents, against the schedule run with frame numbers for activations."""

from cases import cases, schedule
from hypothesis import given, settings

from mpvn import Schedule
from mpvn.schedule.wiring import FRAME


def brute_force(plan):
    """Runs the schedule; cotangents carry the tick whose activation of the unit they were taken at."""
    horizon = 40 * plan.hyper_period + 200
    under_way, ages = {}, {name: set() for name in plan.names}
    for tick in range(horizon):
        # The loss at this tick is taken at what the output unit computed last.
        last = plan.last_execution(plan.output, tick)
        due = tick + (plan[plan.output].phase - tick) % plan[plan.output].period
        under_way.setdefault((plan.output, due), set()).add(last)
        for unit in reversed(plan.units):
            for taken_at in under_way.pop((unit.name, tick), set()):
                if tick > horizon // 2:
                    ages[unit.name].add(tick - taken_at)
                for read in unit.reads:
                    if read.source == FRAME or read.feedback:
                        continue
                    source = plan[read.source]
                    arrival = tick + read.delay
                    arrival += (source.phase - arrival) % source.period + read.tap * source.period
                    under_way.setdefault((read.source, arrival), set()).add(plan.source_tick(read, taken_at))
    return {name: (min(found), max(found)) for name, found in ages.items() if found}


@given(cases(feedback=True, skips=("fresh",)))
@settings(max_examples=60)
def test_equal_to_the_schedule_run(case):
    plan = schedule(case)
    found = {name: (least, largest) for name, (least, _, largest) in plan.staleness.items()}
    assert found == brute_force(plan)


def test_of_a_chain(tmp_path):
    from mpvn.networks import vgg8

    plan = vgg8(4, (32, 32, 3), width=0.05).parallel(8).schedule
    by_subnetwork = {plan[name].subnetwork: ages for name, ages in plan.staleness.items()}
    assert by_subnetwork == {i: (2 * (7 - i),) * 3 for i in range(8)}
    plan.to_csv(tmp_path / "schedule.csv")
    assert Schedule.from_csv(tmp_path / "schedule.csv").staleness == plan.staleness

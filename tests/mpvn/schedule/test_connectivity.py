"""What an output depends on, and its picture."""

import pytest
from cases import cases, chain, schedule
from hypothesis import given

from mpvn.schedule import connectivity
from mpvn.schedule.connectivity import Execution, receptive_field
from mpvn.schedule.wiring import FRAME


def test_a_chain_depends_on_one_frame():
    found = receptive_field(schedule(chain(3)), 5)
    assert found == {Execution(*pair) for pair in (("u2", 5), ("u1", 4), ("u0", 3), (FRAME, 3))}


@given(cases())
def test_frames_are_those_that_the_schedule_says_it_mixes(case):
    found = schedule(case)
    tick = found.valid_from + 2 * found.hyper_period
    frames = {execution.tick for execution in receptive_field(found, tick) if execution.unit == FRAME}
    assert frames == set(found.frames_mixed(found.output, tick))


def test_with_feedback_it_goes_back_to_the_beginning():
    case = chain(2)
    case.units["u0"] = ([FRAME], ["u1"])
    found = schedule(type(case)(case.units, case.subnetwork, case.periods, case.phases))
    frames = {execution.tick for execution in receptive_field(found, 7) if execution.unit == FRAME}
    assert frames == {6, 4, 2, 0}  # once round takes two ticks


def test_pictures(tmp_path):
    pytest.importorskip("matplotlib")
    both = {"a chain": schedule(chain(3)), "slow": schedule(chain(2))}
    connectivity.plot(both, tmp_path / "a.png", 6, also=["svg"])
    schedule(chain(3)).plot_connectivity(tmp_path / "b.png")
    assert (tmp_path / "b.png").stat().st_size > 1000
    assert (tmp_path / "a.png").stat().st_size > 1000 and "<svg" in (tmp_path / "a.svg").read_text()

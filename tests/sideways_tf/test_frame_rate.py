"""Who sees which frame at frame rate, against a machine that is run tick by tick."""

import numpy as np
import pytest

from sideways_tf.frame_rate import RealTimeSource, blocking, every_frame


def machine(num_frames, depth):
    """Backpropagation as a machine: one subnetwork works per tick, forward from the first, then backward to it."""
    taken, shown, missed = [], [], []
    busy, frame, output = 0, None, -1
    for tick in range(num_frames):
        if busy == 0:
            frame, busy = tick, 2 * depth - 1
            taken.append(frame)
        else:
            missed.append(tick)
        busy -= 1
        if 2 * depth - 1 - busy == depth:  # the last subnetwork has just run forward
            output = len(taken) - 1
        shown.append(output)
    return taken, shown, missed


@pytest.mark.parametrize("depth", [1, 2, 5, 6])
@pytest.mark.parametrize("num_frames", [1, 9, 10, 64])
def test_blocking_is_what_the_machine_does(num_frames, depth):
    timeline = blocking(num_frames, depth)
    taken, shown, missed = machine(num_frames, depth)
    assert list(timeline.taken) == taken
    assert list(timeline.shown) == shown
    assert list(timeline.missed) == missed


def test_of_five_subnetworks_it_misses_the_frames_that_the_paper_says():
    # Section 4.1: frames between t1 and t10 are ignored.
    assert list(blocking(20, 5).taken) == [0, 9, 18]
    assert set(blocking(20, 5).missed) == set(range(20)) - {0, 9, 18}


def test_outputs_of_every_frame_are_as_late_as_those_of_blocking():
    one, other = blocking(40, 4), every_frame(40, 4)
    made_from = [np.where(t.shown < 0, -1, t.taken[t.shown]) for t in (one, other)]
    np.testing.assert_array_equal(*made_from)
    assert list(other.taken) == list(range(40)) and not len(other.missed)


def test_one_subnetwork_misses_nothing():
    assert list(blocking(5, 1).shown) == [0, 1, 2, 3, 4]


def test_a_video_that_is_over_is_one_line(one_line_error):
    source = RealTimeSource(2)
    assert [source.take(), source.take(busy=3)] == [0, 1] and source.is_over and source.missed == []
    one_line_error(source.take, "2 frames")
    one_line_error(lambda: RealTimeSource(0), "num_frames=0")

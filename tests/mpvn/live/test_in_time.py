"""A network that is slower than its source: its lag does not grow, and what it misses is counted."""

import numpy as np
import pytest
from fake_clock import FakeClock

from mpvn.live.in_time import InTime, at_their_times
from mpvn.live.moment import Moment, Picture
from mpvn.live.newest import Newest

FRAME = Picture(np.zeros((1, 1, 3), np.uint8))


class Patient(Newest):
    """Time goes on while a frame is waited for."""

    def __init__(self, moments, clock):
        self.clock = clock
        super().__init__(moments)

    def after(self, number):
        while self.clock.others and not self.has_after(number):
            self.clock.work(0.01)
        return super().after(number)


def source(clock, rate, count, silences=()):
    """Moments of a source with frames at a rate, and with silences (frame, seconds) before some of them."""

    def due():
        late = 0.0
        for index in range(count):
            late += dict(silences).get(index, 0.0)
            yield Moment(FRAME, index / rate), index / rate + late
        clock.gone()

    clock.others = True
    return Patient(at_their_times(due(), clock), clock)


def run(clock, newest, busy, step=None):
    """(time of the frame, lag of the output) of every tick, and what was missed by a network that is so long busy."""
    taken, in_time = [], InTime(newest, clock, step)
    for moment in in_time:
        clock.work(busy)
        taken.append((moment.seconds, clock.now() - moment.given))
    newest.close()
    assert newest.has_left
    return np.array(taken), in_time.dropped


def test_the_lag_after_many_ticks_is_that_after_few():
    """100 frames/s, a network that manages 30, one minute."""
    clock = FakeClock()
    taken, dropped = run(clock, source(clock, 100, 6_000), 1 / 30)
    seconds, lags = taken.T
    assert lags.max() <= 1 / 100 + 1 / 30 + 1e-9
    assert lags[-300:].max() == pytest.approx(lags[:300].max(), abs=1e-6)
    assert len(taken) + dropped == 6_000 and len(taken) == pytest.approx(1_800, rel=0.01)
    assert np.all(np.diff(seconds) > 0) and seconds[-1] == pytest.approx(5_999 / 100)


def test_a_quick_network_gets_every_frame():
    clock = FakeClock()
    taken, dropped = run(clock, source(clock, 10, 30), 0.05)
    assert dropped == 0 and len(taken) == 30


@pytest.mark.parametrize(("rate", "fps"), [(30, 10), (25, 10), (10, 25)])
def test_at_a_rate_the_newest_frame_is_shown_at_every_tick(rate, fps):
    clock = FakeClock()
    taken, dropped = run(clock, source(clock, rate, 4 * rate), 0.01, 1 / fps)
    seconds = taken[:, 0]
    assert dropped == 0 and len(seconds) == pytest.approx(4 * fps, abs=2)
    wanted = np.arange(len(seconds)) / fps
    assert np.all(np.abs(seconds - wanted) <= 1 / rate + 1e-9)


def test_ticks_that_a_slow_network_misses_are_counted():
    clock = FakeClock()
    taken, dropped = run(clock, source(clock, 30, 300), 0.25, 1 / 10)
    assert len(taken) + dropped == pytest.approx(100, abs=3) and dropped == pytest.approx(60, abs=4)
    assert taken[:, 1].max() <= 1 / 30 + 0.25 + 1e-9


def test_a_silence_of_ten_seconds_is_waited_for():
    """A frame is not shown again and again, and nothing counts as missed."""
    clock = FakeClock()
    taken, dropped = run(clock, source(clock, 10, 40, [(20, 10.0)]), 0.01, 1 / 10)
    assert dropped == 0 and len(taken) == pytest.approx(40 + 10, abs=3)  # of the silence, one second is filled
    assert taken[-1, 0] == pytest.approx(3.9) and clock.now() == pytest.approx(13.9, abs=0.3)


def test_an_error_in_the_thread_is_raised_where_frames_are_taken():
    def broken():
        yield Moment(FRAME, 0.0)
        raise OSError("the camera burns")

    newest = Newest(broken())
    with pytest.raises(OSError, match="burns"):
        list(InTime(newest, FakeClock()))

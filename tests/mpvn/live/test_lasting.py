"""Sources that break off: found again, for a bounded time, by a clock that costs none."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from fake_clock import FakeClock

from mpvn.data.files.video_error import BrokenOff, VideoError
from mpvn.live import lasting
from mpvn.live.lasting import Lasting

HALF = BrokenOff("it broke off")
REFUSED = VideoError("refused")
NEVER = AssertionError("it was opened again")
PART = {"is_recording": True, "duration": 4}


class Reader:
    """In place of a VideoReader: shots of an opened video are numbers, and an error where it breaks off."""

    def __init__(self, name, square_pixels, opened):
        self.name, self._left, self._last = name, list(opened.gives), None
        self.duration = opened.duration

    @property
    def is_at_end(self):
        return self._last == self.duration

    def next_shot(self):
        if not self._left:
            return None
        value = self._left.pop(0)
        if isinstance(value, Exception):
            raise value
        self._last = value
        return SimpleNamespace(number=value, seconds=Fraction(value), picture=lambda: np.array([value]))

    def close(self):
        self._left = []


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    monkeypatch.setattr(lasting, "VideoReader", Reader)


def video(*gives, kind="address", is_recording=False, duration=None):
    return SimpleNamespace(
        name="it", kind=kind, is_recording=is_recording, duration=duration, gives=gives, begin=0.0, pipe=None
    )


def run(first, *opened, patience=30):
    """(number, connection) of every shot, the clock's time at the end, and the error.

    `opened`: what each further opening gives, the last one again and again.
    """
    clock, openings, shots = FakeClock(), list(opened), []

    def open_again():
        found = openings.pop(0) if len(openings) > 1 else openings[0]
        if isinstance(found, BaseException):
            raise found
        return found

    try:
        for shot, connection in Lasting(open_again, first, patience, clock):
            shots.append((shot.number, connection))
    except VideoError as error:
        return shots, clock.now(), str(error)
    return shots, clock.now(), ""


def test_a_source_that_is_away_for_ten_seconds_is_found_again():
    again = [REFUSED] * 10
    shots, seconds, error = run(video(0, 1, HALF), *again, video(7, 8, HALF), video(7))
    assert shots == [(0, 0), (1, 0), (7, 1), (8, 1)] and seconds == 10 and not error  # it then begins as before


def test_a_source_that_stays_away_is_given_up_in_time():
    shots, seconds, error = run(video(0, HALF), REFUSED, patience=30)
    assert shots == [(0, 0)] and 30 < seconds <= 31
    assert "within 30 s" in error and "it broke off" in error and "refused" in error and "\n" not in error


def test_a_camera_that_ends_is_found_again_even_if_it_begins_as_before():
    shots, _, error = run(video(0, kind="camera"), video(0, 1, kind="camera"), REFUSED)
    assert shots == [(0, 0), (0, 1), (1, 1)] and "could not be reopened" in error


def test_a_recording_goes_on_where_it_broke_off():
    first, more, whole = video(0, 1, HALF, **PART), video(0, 1, 2, HALF, **PART), video(0, 1, 2, 3, 4, **PART)
    shots, _, error = run(first, REFUSED, more, whole)
    assert shots == [(k, 0) for k in range(5)] and not error
    assert run(video(0, 4, HALF, **PART), NEVER)[1:] == (0, "")  # some servers end so


def test_a_recording_that_gives_no_more_is_said_to_have_broken_off():
    shots, seconds, error = run(video(0, 1, HALF, **PART), video(0, 1, HALF, **PART))
    assert shots == [(0, 0), (1, 0)] and "it broke off" in error and 30 <= seconds <= 32


def test_pipes_and_files_are_not_opened_again():
    assert run(video(0, 1, kind="pipe"), NEVER) == ([(0, 0), (1, 0)], 0, "")
    assert run(video(0, HALF, kind="pipe"), NEVER)[2] == "it broke off"
    assert run(video(0, kind="file", is_recording=True), NEVER) == ([(0, 0)], 0, "")

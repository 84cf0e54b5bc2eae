"""Chooses the frames of a recording as in an evaluation."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import islice

from mpvn.data.files.resampling import as_rate
from mpvn.data.files.shot import Shot
from mpvn.layers.viewing import Viewing
from mpvn.live.moment import Moment


def as_evaluated(shots: Iterable[Shot], viewing: Viewing | None) -> Iterator[Moment]:
    """Every `stride`-th frame at the rate of a viewing, by time; without a rate, of the recording's own frames.

    At a rate, frame k is what a player shows k / fps seconds after the first frame, as in
    `mpvn.data.files.stretch.StretchFrames`. Later frames are unknown here, so a frame is returned after the next one
    has been read.

    Args:
        shots: in the order of their times.
        viewing: None takes every frame.
    """
    if viewing is None or viewing.fps is None:
        stride = 1 if viewing is None else viewing.stride
        yield from (Moment(shot, float(shot.seconds)) for shot in islice(shots, 0, None, stride))
        return
    step = viewing.stride / as_rate(viewing.fps)
    due, latest = Fraction(0), None
    for shot in shots:
        while latest is not None and due + shot.rounding < shot.seconds:
            yield Moment(latest, float(due))
            due += step
        latest = shot
    while latest is not None and due < latest.seconds + latest.duration:
        yield Moment(latest, float(due))
        due += step

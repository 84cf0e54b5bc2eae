"""`mpvn.advise`: recommends a schedule for a network, given frames and this machine."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import tensorflow as tf

from mpvn.advice.agreement import agreement
from mpvn.advice.candidates import Candidate, candidates
from mpvn.advice.rates import measured
from mpvn.advice.row import FORMATS, Rates, Row
from mpvn.advice.rule import LEAST, Rule
from mpvn.devices.costs import unit_costs
from mpvn.devices.report import size_of
from mpvn.engines.stream_state import initial_state
from mpvn.errors import InputError
from mpvn.live.fitting import Fitting
from mpvn.model.network import VideoNetwork
from mpvn.results import tables
from mpvn.schedule.schedule import Schedule
from mpvn.text import aligned

MAX_FRAMES = 96
LEAST_COMPARED = 4  # frames on which all settings are valid


@dataclass(frozen=True)
class Advice:
    """The result of `advise`; prints as a table with a recommendation.

    Attributes:
        rows: one `Row` per setting, the sequential network first.
        rule: the rule by which a setting is recommended.
        notes: explanations of the numbers.
    """

    rows: Sequence[Row]
    rule: Rule
    notes: Sequence[str] = ()

    @property
    def recommended(self) -> Row:
        return self.rule.chosen(self.rows)

    @property
    def table(self) -> tables.Rows:
        """The rows of the table, as dicts with equal keys."""
        return tables.Rows([row.cells(self.rule.fps) for row in self.rows], FORMATS)

    @property
    def words(self) -> list[str]:
        """The recommendation and the reason for it."""
        return self.rule.words(self.rows)

    def __str__(self) -> str:
        texts = tables.texts(self.table)
        lines = aligned([list(texts[0]), *(list(row.values()) for row in texts)])
        return "\n".join([*lines, "", *self.words, *self.notes])


def advise(
    network: VideoNetwork,
    frames: Iterable[np.ndarray],
    num_workers: int,
    *,
    fps: float | None = None,
    least_agreement: float = LEAST,
    measure: Callable[[VideoNetwork, Candidate], Rates] | None = None,
) -> Advice:
    """Compares schedules of a network on your own frames and recommends one.

    Different numbers of subnetworks, clocks and skips are compared with the sequential network and with frame
    skipping: the sequential network at every k-th frame, with its output held.

    Rates are measured in this process, with the threads that TensorFlow was started with (see
    `tf.config.threading`); all settings use the same threads. `python -m mpvn.advise` measures each setting in a
    separate process, at the better of two thread settings.

    Args:
        network: a VideoNetwork in any schedule; it is compared in other schedules.
        frames: frames of one video, in order: 8-bit images [height, width, channels] of any size, or floating point
            in the range of `network.preprocessing`. The first 96 are used.
        num_workers: number of threads on which subnetworks run in parallel; this number of subnetworks and twice
            this number are compared.
        fps: required frames per second; None if no rate is required.
        least_agreement: share of frames on which shifted outputs must equal those of the sequential network.
        measure: function of a network in its schedule and a `Candidate` that returns `Rates`; by default as above.

    Returns:
        An `Advice`, which prints as a table with the recommendation and its rule.

    Raises:
        InputError: there are too few frames, the frames do not fit the network, or a number is out of range.

    Ours.
    """
    rule = Rule(fps, least_agreement)
    sequential = network.parallel(1)
    video = _fitted(network, frames)
    settings = _different(sequential, candidates(len(network.wiring), num_workers, _halves(sequential)))
    first, num_frames = max(net.schedule.valid_from for _, net in settings), video.shape[1]
    if num_frames < first + LEAST_COMPARED:
        raise InputError(
            f"{num_frames} frames are too few: expected at least {first + LEAST_COMPARED}, as some settings have no "
            f"output before frame {first}"
        )
    measure = measure or (lambda net, _: measured(net))
    costs = unit_costs(sequential, "flops")
    expected = sequential.run(video)[0].numpy()
    rows = [
        Row(
            candidate,
            measure(net, candidate),
            agreement(net.run(video)[0].numpy(), expected, _newest(net.schedule, num_frames), first),
            net.schedule.information_latency[1],
            _work(net.schedule, costs),
            sum(size_of(value) for values in initial_state(net, 1).registers.values() for value in values),
        )
        for candidate, net in settings
    ]
    return Advice(rows, rule, _notes(num_frames, first))


def _fitted(network: VideoNetwork, frames: Iterable[np.ndarray]) -> tf.Tensor:
    """The frames [1, frames, *frame_shape] as the network takes them."""
    fit = Fitting(network)
    fitted = [fit(frame) for frame in islice(frames, MAX_FRAMES)]
    if not fitted:
        raise InputError("no frames were given: expected the frames of a video")
    return tf.stack(fitted)[tf.newaxis]


def _halves(sequential: VideoNetwork) -> bool:
    """Whether halving clocks change anything; they need frames with a height."""
    return len(sequential.frame_shape) == 3 and sequential.parallel(1, clocks="halving").schedule.hyper_period > 1


def _different(sequential: VideoNetwork, found: Sequence[Candidate]) -> list[tuple[Candidate, VideoNetwork]]:
    """The candidates with their networks, without duplicate schedules: a chain has no skips to align."""
    settings: dict[Schedule, tuple[Candidate, VideoNetwork]] = {}
    for candidate in found:
        net = sequential.parallel(**candidate.options)
        settings.setdefault(net.schedule, (candidate, net))
    return list(settings.values())


def _newest(schedule: Schedule, num_frames: int) -> np.ndarray:
    """The newest frame that can affect the output of every tick."""
    return np.array([max(0, schedule.frame_span(schedule.output, tick)[1]) for tick in range(num_frames)])


def _work(schedule: Schedule, costs: dict[str, float]) -> tuple[float, float]:
    """Operations per frame, scheduled and live."""
    scheduled, live = (float(np.mean(schedule.load_per_tick(costs, live))) for live in (False, True))
    return scheduled, live


def _notes(num_frames: int, first: int) -> list[str]:
    return [
        f"{num_frames} frames, outputs compared from frame {first} on; one stream; {tables.machine()}",
        "frames/s: streams leave out executions that no output depends on (executions='live'), every output fetched",
        "chunks of the sequential network: TensorFlow works on several frames in parallel if there are workers",
        "latency: mean age of the newest frame in the output; in ms, it includes the time to compute the output",
        "at once: compared with the sequential output for the same frame; shifted: for the newest frame it depends on",
    ]

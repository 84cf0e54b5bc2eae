"""The papers' networks: cuts, clocks and counts of the papers, and equality of all ways to run them."""

import functools

import numpy as np
import pytest
from eager import eagerly
from tiny import randomize

import mpvn
from mpvn import networks

BUILDERS = {
    "simple_cnn": functools.partial(networks.simple_cnn, 7, (32, 32, 3), width=0.1),
    "vgg8": functools.partial(networks.vgg8, 7, (32, 32, 3), width=0.02),
    "par_densenet": functools.partial(networks.par_densenet, 7, (64, 64, 3), width=0.07),
    "par_inception": functools.partial(networks.par_inception, 7, (64, 64, 3), width=0.05),
}
SETTINGS = [
    ("simple_cnn", 3, None),
    ("simple_cnn", 6, "halving"),
    ("vgg8", 4, "halving"),
    ("vgg8", 8, None),
    ("par_densenet", 7, None),
    ("par_densenet", 14, "halving"),
    ("par_inception", 5, "halving"),
    ("par_inception", 10, None),
]


@functools.cache
def network(name):
    return randomize(BUILDERS[name]())


@functools.cache
def clip(size, frames):
    """A clip whose frames differ a lot, [1, frames, size, size, 3] in [0, 1]."""
    return np.random.default_rng(0).uniform(0, 1, (1, frames, size, size, 3)).astype("float32")


def distance(one, other):
    """Largest difference over the spread of the output across frames."""
    return np.abs(one - other).max() / other.std(axis=1).mean()


def same(one, other):
    """Close beside the spread across frames, as the same outputs a frame later would not be."""
    assert distance(one, other) < 1e-4
    assert distance(one[:, 1:], other[:, :-1]) > 1e-2


@pytest.mark.parametrize(("name", "count", "clocks"), SETTINGS)
def test_all_ways_to_run_agree(name, count, clocks):
    base = network(name)
    video = clip(base.frame_shape[0], 52 if clocks else 24)  # with clocks, enough hyper-periods
    fresh = base.parallel(count, clocks=clocks)
    first = fresh.schedule.valid_from
    with eagerly(name.startswith("par")):  # units by the dozen take their time to trace
        ticked = fresh.run(video, engine="ticked").numpy()[:, first:]
        folded = fresh.run(video, engine="folded").numpy()[:, first:]
    # A held output does not change from tick to tick: compare what is new, hyper-period by hyper-period.
    step = fresh.schedule[fresh.schedule.output].period
    stream = mpvn.Stream(fresh)
    streamed = np.stack([stream.step(video[:, t]).numpy() for t in range(video.shape[1])], 1)[:, first:]
    assert stream.num_traces == fresh.schedule.hyper_period
    for other in (ticked, streamed):
        assert distance(other, folded) < 1e-4
        same(other[:, ::step], folded[:, ::step])


@pytest.mark.parametrize(("name", "count", "clocks"), SETTINGS)
def test_aligned_output_is_that_of_the_sequential_network_some_frames_ago(name, count, clocks):
    base = network(name)
    video = clip(base.frame_shape[0], 52 if clocks else 24)
    aligned = base.parallel(count, clocks=clocks, skips="aligned")
    late = count - 1
    with eagerly(name.startswith("par")):
        expected = base.parallel(1, clocks=clocks).run(video).numpy()[:, : video.shape[1] - late]
        found = aligned.run(video).numpy()[:, late:]
    first = aligned.schedule.valid_from - late
    step = aligned.schedule[aligned.schedule.output].period
    assert distance(found[:, first:], expected[:, first:]) < 1e-4
    same(found[:, first::step], expected[:, first::step])


def test_weights_do_not_depend_on_schedule_or_batch_size(tmp_path):
    base = network("par_densenet")
    base.parallel(14, clocks="halving").save_weights(tmp_path / "net.weights.h5")
    other = BUILDERS["par_densenet"]().parallel(2)
    video = np.concatenate([clip(64, 6)] * 2)
    with eagerly():
        before = other.run(video).numpy()
        other.load_weights(tmp_path / "net.weights.h5")
        expected = base.parallel(2).run(video).numpy()
        assert np.array_equal(other.run(video), expected)
    assert not np.allclose(before, expected)


def miniblocks(schedule, frames=16, live=False):
    return sum(n for name, n in schedule.executions(frames, live).items() if "miniblock" in name)


def test_par_densenet_has_the_papers_numbers():
    base = network("par_densenet")
    plain, clocked = base.parallel(14).schedule, base.parallel(14, clocks="halving").schedule
    assert miniblocks(plain) == 416
    assert miniblocks(clocked) == 86
    assert plain.information_latency == (4, 4.0, 4)
    assert clocked.valid_from == 13
    assert base.parallel(14, clocks="halving", phases="zero").schedule.valid_from == 96
    assert base.parallel(14, skips="aligned").schedule.information_latency == (13, 13.0, 13)


def test_par_densenet_is_cut_as_in_the_paper():
    base = network("par_densenet")
    sizes = {}
    for count in (2, 4, 7, 14):
        schedule = base.parallel(count, cut="paper").schedule
        units = [list(schedule.subnetwork_units(i)) for i in range(count)]
        sizes[count] = [sum("miniblock" in unit.name for unit in run) for run in units]
        assert units[-1][-1].name == "head"
    assert sizes == {
        2: [12, 14],
        4: [4, 8, 8, 6],
        7: [4, 4, 4, 4, 4, 4, 2],
        14: [0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2],
    }
    assert (
        base.parallel(14).schedule["transition2"].subnetwork
        == base.parallel(14).schedule["block3_miniblock2"].subnetwork
    )


def test_miniblocks_read_all_earlier_ones_of_their_block():
    schedule = network("par_densenet").schedule
    reads = [read.source for read in schedule["block2_miniblock4"].reads]
    assert reads == ["transition1", "block2_miniblock1", "block2_miniblock2", "block2_miniblock3"]
    assert len(schedule["transition3"].reads) == 9
    assert len(schedule["head"].reads) == 7


def test_par_inception_has_the_papers_clocks_and_cuts():
    base = network("par_inception")
    schedule = base.parallel(10, clocks="halving").schedule
    assert {unit.name[:7]: unit.period for unit in schedule.units} == {
        "conv1": 1,
        "conv2": 2,
        "mixed_3": 4,
        "mixed_4": 8,
        "mixed_5": 16,
        "head": 16,
    }
    assert base.parallel(10, clocks="i3d").schedule["conv1"].period == 2
    assert base.parallel(10, clocks="i3d").schedule.hyper_period == 8
    assert [schedule[name].subnetwork for name in ("conv1", "conv2", "mixed_3b", "mixed_5c", "head")] == [0, 0, 1, 9, 9]
    assert base.parallel(5, cut="paper").schedule["mixed_3b"].subnetwork == 0


@pytest.mark.parametrize(("name", "count"), [("simple_cnn", 6), ("vgg8", 8)])
def test_sideways_networks_are_cut_unit_by_unit(name, count):
    schedule = network(name).parallel(count, cut="paper").schedule
    assert [unit.subnetwork for unit in schedule.units] == list(range(count))


def test_channels_are_those_of_the_papers():
    simple = networks.simple_cnn(5, (32, 32, 3))
    assert [simple.value_spec(f"conv{i}").shape[-1] for i in range(1, 6)] == [32, 64, 64, 128, 256]
    densenet = networks.par_densenet(5, (64, 64, 3))
    spec = {name: densenet.value_spec(name).shape[1:] for name in densenet.wiring.names}
    assert spec["stem"] == [16, 16, 64]
    assert spec["block1_miniblock1"] == [16, 16, 32]
    assert spec["transition1"] == [8, 8, 96]
    assert spec["head"] == [5]


@pytest.mark.parametrize(
    ("name", "count", "options"),
    [
        ("par_densenet", 14, {"clocks": "halving"}),
        ("par_densenet", 14, {"clocks": "halving", "phases": "zero"}),
        ("par_densenet", 14, {"clocks": "halving", "phases": "level"}),
        ("par_densenet", 7, {"skips": "aligned"}),
        ("par_inception", 10, {"clocks": "halving"}),
        ("par_inception", 10, {"clocks": "halving", "phases": "level"}),
        ("par_inception", 5, {"clocks": "i3d"}),
        ("simple_cnn", 6, {"prediction_latency": 2}),
        ("vgg8", 8, {}),
    ],
)
def test_schedules_are_the_golden_ones(name, count, options, request):
    words = [name, str(count), *(f"{key}-{value}" for key, value in options.items())]
    golden = request.config.rootpath / "tests" / "golden" / f"{'_'.join(words)}.csv"
    schedule = network(name).parallel(count, **options).schedule
    assert mpvn.Schedule.from_csv(golden) == schedule


def test_a_width_of_nothing_is_an_input_error(one_line_error):
    one_line_error(lambda: networks.simple_cnn(5, (32, 32, 3), width=0), "width=0")


def test_a_frame_too_small_is_an_input_error(one_line_error):
    one_line_error(lambda: networks.simple_cnn(5, (32, 32)), "conv1")

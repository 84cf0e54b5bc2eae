"""Networks from gin settings: their cut, the order of transformations, and older names."""

import gin
import pytest

import mpvn
from mpvn.runs import older_names
from mpvn.runs.configurables import network
from mpvn.runs.settings import parse_gin
from mpvn.transforms.temporal_filters import with_temporal_filters

SHAPE = (16, 16, 3)
AUTOENCODER = ["network.base = @autoencoder", "autoencoder.width = 0.05", "network.num_subnetworks = 4"]
SIMPLE = ["network.base = @simple_cnn", "simple_cnn.width = 0.1"]


@pytest.fixture(autouse=True)
def no_settings():
    gin.clear_config()
    older_names._print_once.cache_clear()
    yield
    gin.clear_config()


def built(*params, **arguments):
    gin.clear_config()
    parse_gin((), params)
    return network(SHAPE, **arguments)


def starts(net):
    return [next(net.schedule.subnetwork_units(i)).name for i in range(net.schedule.num_subnetworks)]


def inputs(net):
    return {unit.name: list(unit.inputs) for unit in net.wiring.units}


SKIPS_AND_FRAME = [
    "network.transforms = [@with_skips, @with_frame_added]",
    'with_skips.skip = "concat"',
    'with_skips.span = "dense"',
    "with_skips.frame = True",
]


def test_transformations_leave_the_cut_where_it_is():
    plain, changed = built(*AUTOENCODER), built(*AUTOENCODER, *SKIPS_AND_FRAME)
    assert starts(changed) == starts(plain) == ["conv1", "conv2", "conv3", "conv5"]
    assert inputs(changed)["conv3"] == ["conv2", "conv1", "frame"]  # the subnetworks before, and the frame
    assert inputs(changed)["conv4"] == ["conv3"]  # within a subnetwork
    assert list(inputs(changed))[-1] == "frame_added"
    # A balanced cut of the transformed network would lie elsewhere.
    anew = mpvn.with_skips(built(*SIMPLE, num_classes=3), "concat", "dense").parallel(
        2, cut="balanced", costs="parameters"
    )
    balanced = ["network.num_subnetworks = 2", 'network.cut = "balanced"', 'network.costs = "flops"']
    skips = ["network.transforms = [@with_skips]", 'with_skips.skip = "concat"', 'with_skips.span = "dense"']
    kept = starts(built(*SIMPLE, *balanced, *skips, num_classes=3))
    assert kept == starts(built(*SIMPLE, *balanced, num_classes=3)) and kept != starts(anew)


def test_skips_are_between_all_units_where_there_is_one_subnetwork():
    net = built(*SIMPLE, "network.transforms = [@with_skips]", num_classes=3)
    assert inputs(net)["conv3"] == ["conv2", "conv1"] and net.schedule.num_subnetworks == 1


def test_the_order_is_that_of_the_list():
    """Feedback is of the output at that point."""
    for names, source in (
        ("@with_frame_added, @with_feedback", "frame_added"),
        ("@with_feedback, @with_frame_added", "decoder"),
    ):
        net = built(*AUTOENCODER, f"network.transforms = [{names}]")
        assert list(net.wiring.units[0].feedback) == [source]
        assert net.schedule.output == "frame_added"


def test_older_names_make_the_same_network(capsys):
    today = built(*AUTOENCODER, *SKIPS_AND_FRAME)
    assert capsys.readouterr().out == ""
    older = [
        'network.skip = "concat"',
        'network.span = "dense"',
        "network.skip_frame = True",
        "network.residual = True",
    ]
    then = built(*AUTOENCODER, *older)
    assert then.schedule == today.schedule and inputs(then) == inputs(today)
    assert [v.shape for v in then.weights] == [v.shape for v in today.weights]
    assert capsys.readouterr().out == (
        "older names of settings: network.skip is with_skips.skip now; network.span is with_skips.span now; "
        "network.skip_frame is with_skips.frame now; network.residual is @with_frame_added in network.transforms now\n"
    )
    assert inputs(built(*AUTOENCODER, *SKIPS_AND_FRAME, "network.skip = None", "network.residual = False")) == inputs(
        built(*AUTOENCODER)
    )


def test_older_names_of_filters_and_feedback():
    older = built(*SIMPLE, "network.temporal_kernel = 2", "network.feedback = True", num_classes=3)
    today = built(*SIMPLE, "network.transforms = [@with_temporal_filters, @with_feedback]", num_classes=3)
    assert inputs(older) == inputs(today) and older.schedule == today.schedule and older.schedule.has_feedback
    plain = with_temporal_filters(built(*SIMPLE, num_classes=3), 2)
    assert inputs(plain) == inputs(older) and not plain.schedule.has_feedback


def test_a_transformation_of_a_user_is_a_function():
    seen = []

    def named(net):
        seen.append(starts(net))
        return mpvn.with_frame_added(net, "added")

    net = built(*AUTOENCODER, transforms=[named])
    assert seen == [["conv1", "conv2", "conv3", "conv5"]] and list(inputs(net))[-1] == "added"
    assert net.schedule.units[-1].subnetwork == 3


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (["network.nonsense = 3"], ["network.nonsense", "num_subnetworks", "transforms"]),
        (['network.transforms = ["with_skips"]'], ["'with_skips'", "@with_skips"]),
        (["network.transforms = [@with_skips]", 'with_skips.skip = "product"'], ["'product'", "'concat'"]),
        (['network.cut = "best"', "network.num_subnetworks = 2"], ["'best'"]),
    ],
)
def test_bad_settings_are_one_line(params, words):
    with pytest.raises(mpvn.InputError) as error:
        built(*SIMPLE, *params, num_classes=3)
    line = str(error.value).splitlines()[0]
    assert all(word in line for word in words), line


def test_a_transformation_that_gives_no_network_is_an_error():
    with pytest.raises(mpvn.InputError, match="gives NoneType: expected a VideoNetwork"):
        network(SHAPE, base=mpvn.networks.autoencoder, transforms=[lambda net: None])

"""Settings by their older names: what they change, and what is said."""

import functools

import pytest

from mpvn.errors import InputError
from mpvn.runs import older_names
from mpvn.runs.older_names import group_of, renamed, with_older_transforms
from mpvn.runs.optimizers import OptimizerSettings
from mpvn.runs.placement import Placement
from mpvn.runs.teacher import Teacher


def test_older_names_take_the_place_of_the_group():
    group, lines = group_of("optimizer", OptimizerSettings, None, "kind", {"learning_rate": 0.1, "decay": "cosine"})
    assert group == OptimizerSettings(learning_rate=0.1, decay="cosine")
    assert lines == ["train.learning_rate is optimizer.learning_rate now", "train.decay is optimizer.decay now"]


def test_default_values_are_silent_unless_they_change_something():
    older = {"learning_rate": 1e-3, "decay": None, "devices": ["CPU:0"]}
    assert group_of("optimizer", OptimizerSettings, None, "kind", older) == (OptimizerSettings(), [])
    group, lines = group_of("optimizer", OptimizerSettings, OptimizerSettings(decay="cosine"), "kind", older)
    assert group.decay is None
    assert lines == ["train.decay is optimizer.decay now, and takes the place of 'cosine'"]


def test_what_a_parameter_was_before_it_was_a_group():
    group, lines = group_of("optimizer", OptimizerSettings, "sgd", "kind", {"clip_norm": 1.0})
    assert group == OptimizerSettings("sgd", clip_norm=1.0)
    assert lines == ["train.optimizer is optimizer.kind now", "train.clip_norm is optimizer.clip_norm now"]
    group, lines = group_of("teacher", Teacher, max, "network", {"teacher_steps": 3})
    assert group == Teacher(max, 3)
    assert lines == ["train.teacher is teacher.network now", "train.teacher_steps is teacher.steps now"]
    assert group_of("teacher", Teacher, Teacher(max), "network", {}) == (Teacher(max), [])


def test_what_is_wrong_is_an_error():
    with pytest.raises(InputError, match="optimizer.decay='linear': expected 'cosine' or None"):
        group_of("optimizer", OptimizerSettings, None, "kind", {"decay": "linear"})
    with pytest.raises(InputError, match="train.placement='CPU:0': expected @placement"):
        group_of("placement", Placement, "CPU:0", None, {})


def with_skips(network, skip="sum", span=1, frame=False):
    return f"{network} skips({skip}, {span}, {frame})"


def with_temporal_filters(network, kernel=2):
    return f"{network} filters({kernel})"


def with_frame_added(network):
    return f"{network} frame"


def with_feedback(network):
    return f"{network} feedback"


def mine(network):
    return f"{network} mine"


KNOWN = {
    function.__name__: function for function in (with_skips, with_temporal_filters, with_frame_added, with_feedback)
}


@pytest.mark.parametrize(
    ("transforms", "older", "expected"),
    [
        ([], {"skip": None, "span": "dense", "temporal_kernel": 1, "residual": False, "feedback": False}, "x"),
        (
            [],
            {"feedback": True, "residual": True, "temporal_kernel": 3, "skip": "concat", "skip_frame": True},
            "x skips(concat, 1, True) filters(3) frame feedback",
        ),
        ([mine, with_frame_added], {"temporal_kernel": 2}, "x mine filters(2) frame"),
        ([with_frame_added, mine], {"feedback": True}, "x frame mine feedback"),
        ([with_skips, with_frame_added], {"skip": None, "residual": False}, "x"),
        ([functools.partial(with_skips, span=4), mine], {"skip": "concat"}, "x skips(concat, 4, False) mine"),
        ([with_skips], {"span": "dense"}, "x skips(sum, dense, False)"),
        ([with_feedback, with_skips], {"cut": "paper"}, "x feedback skips(sum, 1, False)"),
    ],
)
def test_older_names_of_transformations(transforms, older, expected):
    result, _ = with_older_transforms(transforms, older, KNOWN)
    assert functools.reduce(lambda network, transform: transform(network), result, "x") == expected


def test_what_is_said_of_transformations():
    _, lines = with_older_transforms([], {"skip": "sum", "span": 1, "residual": True, "feedback": False}, KNOWN)
    assert lines == [
        "network.skip is with_skips.skip now",
        "network.residual is @with_frame_added in network.transforms now",
    ]
    _, lines = with_older_transforms([with_skips], {"skip": None}, KNOWN)
    assert lines == ["network.skip=None leaves with_skips out of network.transforms"]


def test_a_line_is_said_once(capsys):
    older_names._print_once.cache_clear()
    older_names.say([])
    for _ in range(2):
        older_names.say(["a is b now", "c is d now"])
    assert capsys.readouterr().out == "older names of settings: a is b now; c is d now\n"


CONFIG = """optimizer.decay = 'cosine'
optimizer.kind = 'adam'
optimizer.learning_rate = 0.001
placement.devices = \\
    ['CPU:0',
     'CPU:1']
placement.replicas = 1

train.changes = ''
train.decay = None
train.devices = \\
    ['CPU:2',
     'CPU:3']
train.optimizer = @a/decoupled
train.steps = 4
train.teacher = @teacher/network
train.teacher_steps = 2
"""
RENAMED = """optimizer.learning_rate = 0.001
placement.replicas = 1

optimizer.decay = None
placement.devices = \\
    ['CPU:2',
     'CPU:3']
optimizer.kind = @a/decoupled
train.steps = 4
teacher.network = @teacher/network
teacher.steps = 2

train.teacher = @teacher
"""


def test_a_run_folder_gets_names_of_today():
    assert renamed(CONFIG) == RENAMED
    for value in ("None", "@optimizer", "@a/optimizer", "@training.optimizer()"):
        text = f"optimizer.kind = 'sgd'\ntrain.optimizer = {value}\ntrain.teacher = @b/teacher\n"
        assert renamed(text) == text
    assert "kind = @sgd_optimizer" in renamed("train.optimizer = @sgd_optimizer\n")

"""Subnetworks on devices of their own: parts of a GPU if there is one, otherwise logical CPUs that stand for GPUs."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from four_devices import FOUR, GPUS, PLACES

import mpvn
from mpvn.devices import placement
from sideways_tf import SidewaysModel, pseudo_gradients

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
LABELS = np.array([0, 2])
pytestmark = pytest.mark.usefixtures("strict_placement")
# What TensorFlow itself puts into functions: arguments, reading of variables where they are, and results.
PLUMBING = {"Placeholder", "ReadVariableOp", "Identity", "NoOp"}


@pytest.fixture(scope="module")
def pair():
    base = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1, normalize=True)
    net = mpvn.with_skips(base, "sum").parallel(6)
    return net, net.place(FOUR)


def video(num_frames=16):
    return np.random.default_rng(0).uniform(size=(2, num_frames, 16, 16, 3)).astype("float32")


def test_runs_of_subnetworks_are_balanced():
    schedule = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1).parallel(6).schedule
    costs = dict(zip(schedule.names, (1, 1, 1, 1, 1, 5), strict=True))
    assert placement.devices_of_subnetworks(schedule, FOUR[:2], costs) == (PLACES[0],) * 5 + (PLACES[1],)
    assert len(set(placement.devices_of_subnetworks(schedule, "auto", costs))) == 4


def test_everything_lies_where_the_report_says(pair):
    _, placed = pair
    model = SidewaysModel(placed)
    model.compile(keras.optimizers.Adam(1e-3), loss=LOSS)
    report = placed.placement(model.optimizer)
    assert list(report.devices) == list(dict.fromkeys(placed.devices)) and len(report.devices) == 4
    assert sorted(i for held in report.devices.values() for i in held.subnetworks) == list(range(6))
    for device, held in report.devices.items():
        assert held.weights and set(held.weights.values()) == {device}
        assert held.slots and set(held.slots.values()) == {device}
    assert sum(held.weight_bytes for held in report.devices.values()) == sum(
        4 * v.shape.num_elements() for v in placed.variables
    )
    crossing = {(s, r) for s, r in report.traffic}
    assert (
        all(placed.pipeline.device_of(s) != placed.pipeline.device_of(r) for s, r in crossing)
        and ("conv1", "conv3") in crossing
    )
    assert report.traffic["conv1", "conv3"] == 4 * 8 * 8 * 3
    assert FOUR[3] in str(report) and "conv1 -> conv3" in str(report)


@pytest.mark.parametrize("engine", ["folded", "ticked"])
def test_outputs_are_those_of_one_device(pair, engine):
    net, placed = pair
    np.testing.assert_allclose(placed.run(video(), engine=engine), net.run(video(), engine=engine), atol=1e-6)


def test_a_stream_keeps_its_registers_beside_their_units(pair):
    net, placed = pair
    stream = mpvn.Stream(placed, batch_size=2)
    for source, register in stream.registers.items():
        assert {slot.value.device for slot in register.slots} == {placed.pipeline.device_of(source)}
    steps = np.stack([stream.step(video()[:, t]) for t in range(10)], 1)
    np.testing.assert_allclose(steps[:, 5:], np.asarray(net.run(video()))[:, 5:10], atol=1e-6)


@pytest.mark.parametrize("gradients", ["sideways", "exact"])
@pytest.mark.parametrize("engine", ["folded", "ticked"])
def test_gradients_are_those_of_one_device(pair, gradients, engine):
    found = [pseudo_gradients(net, video(), LABELS, LOSS, gradients, engine, training=True)[1] for net in pair]
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def operations(graph, seen=None):
    """All operations of a graph and of the functions that it calls."""
    seen = set() if seen is None else seen
    for operation in graph.get_operations():
        yield operation
        for value in operation.node_def.attr.values():
            for name in [value.func.name, *(item.name for item in value.list.func)]:
                if name and name not in seen:
                    seen.add(name)
                    yield from operations(graph._get_function(name).graph, seen)


@pytest.mark.parametrize(
    ("update", "gradients", "engine"),
    [("episode", "sideways", "ticked"), ("tick", "sideways", "ticked"), ("episode", "exact", "folded")],
)
def test_every_operation_of_training_has_its_device(pair, update, gradients, engine):
    placed = pair[0].place(FOUR)
    model = SidewaysModel(placed, gradients, update, engine)
    model.compile(keras.optimizers.SGD(1e-3, momentum=0.9), loss=LOSS, targets_per="clip")
    specs = tf.TensorSpec([2, 16, 16, 16, 3]), tf.TensorSpec([2], tf.int64)
    step = tf.function(model.train_on_clips).get_concrete_function(*specs)
    found = list(operations(step.graph))
    homeless = {op.type for op in found if not op.device}
    assert homeless <= PLUMBING, [op.name for op in found if not op.device and op.type not in PLUMBING]
    # In a loop, each of them would be a message to the coordinator of a cluster and back at every turn.
    assert not [op.name for op in found if not op.device and op.type == "Identity" and op.name.startswith("while")]
    convolutions = [op for op in found if "Conv2D" in op.type]
    assert {op.device for op in convolutions} >= set(PLACES[:3])
    step(tf.constant(video()), tf.constant(LABELS))  # with strict placement, a wrong device is an error


def test_training_moves_weights_as_on_one_device(pair):
    trained = []
    for net in (pair[0].parallel(6), pair[0].parallel(6)):
        copy = net.place(FOUR) if trained else net.place(FOUR[:1])
        model = SidewaysModel(copy, update="tick")
        model.compile(keras.optimizers.Adam(1e-3), loss=LOSS, targets_per="clip")
        model.train_on_clips(video(), LABELS)
        trained.append(copy.get_weights())
    for one, other in zip(*trained, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_plain_keras_training_works_too(pair):
    placed = pair[0].place(FOUR)
    placed.compile("adam", loss=LOSS, targets_per="clip")
    before = placed.get_weights()
    placed.fit(video(), LABELS, verbose=0)
    assert any(np.abs(a - b).max() > 0 for a, b in zip(before, placed.get_weights(), strict=True))
    for held in placed.placement(placed.optimizer).devices.values():
        assert set(held.slots.values()) == set(held.weights.values())


def test_a_gpu_is_used_where_there_is_one():
    if not GPUS:
        pytest.skip("no GPU in this machine")
    net = mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1).parallel(6).place()
    assert all("GPU" in device for device in net.devices)
    assert np.isfinite(net.run(video())).all()


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        (["CPU:0", "GPU:7"], ["'GPU:7'", "CPU:0, CPU:1"]),
        (["fast"], ["'fast'", "CPU:0"]),
        ([], ["[]", "'auto'"]),
        ("CPU:0", ["'CPU:0'", "'auto'"]),
    ],
)
def test_devices_that_are_not_there_are_one_line(pair, devices, words, one_line_error):
    one_line_error(lambda: pair[0].place(devices), *words)


def test_a_report_needs_a_placed_network(pair, one_line_error):
    one_line_error(lambda: pair[0].placement(), "simple_cnn", "network.place")

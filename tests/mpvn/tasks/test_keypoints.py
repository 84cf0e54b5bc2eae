"""Keypoints: loss, points and measures against plain NumPy, the head in its schedule, and the task from end to end."""

import functools
import json
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from commands import bad, good
from tiny import assert_same, case_of, layers_of, naive, randomize

import mpvn
from mpvn import networks
from mpvn.data import sources
from mpvn.data.files.reader import VideoReader
from mpvn.data.files.writer import VideoWriter
from mpvn.data.walkers.builder import generate_clip
from mpvn.layers.dense_head import upsample
from mpvn.layers.preprocessing import Preprocessing
from mpvn.live import fitting
from mpvn.results import pictures
from mpvn.runs.evaluation import evaluate
from mpvn.tasks import Action, Keypoints
from mpvn.tasks.heatmaps import HeatmapCrossEntropy, discs, peaks
from mpvn.tasks.joint_metrics import JointMetric, joint_error, pck

SIZE, STRIDE = 32, 4
DATA = sources.VideoData(("hop", "run"), (SIZE, SIZE, 3), 12, {}, None, annotations=("label", "joints"))


def random_joints(*leading, joints=17, seed=0):
    """[..., joints, 3]; some lie outside of the frame, and a third cannot be seen."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-4, SIZE + 4, (*leading, joints, 2))
    return np.concatenate([points, rng.random((*leading, joints, 1)) < 0.67], -1)


def random_logits(*shape, seed=1):
    return np.random.default_rng(seed).normal(0, 3, shape)


def slow_discs(joints, height, width, radius):
    found = np.zeros((*joints.shape[:-2], height, width, joints.shape[-2]))
    for index in np.ndindex(*found.shape):
        *leading, row, column, joint = index
        x, y, seen = joints[(*leading, joint)]
        found[index] = seen and np.hypot(column + 0.5 - x / STRIDE, row + 0.5 - y / STRIDE) <= radius
    return found


@pytest.mark.parametrize("radius", [0.8, 1.0, 2.5])
def test_joint_pixels_are_those_near_a_joint_that_is_seen(radius):
    joints = random_joints(2, 3)
    expected = slow_discs(joints, 7, 9, radius)
    assert 0.001 < expected.mean() < 0.3
    np.testing.assert_array_equal(discs(tf.constant(joints), (7, 9), STRIDE, radius), expected)


def test_the_loss_is_a_cross_entropy_with_heavy_joint_pixels():
    joints, logits = random_joints(2, 3), random_logits(2, 3, 8, 8, 17)
    probability = 1 / (1 + np.exp(-logits))
    truth = slow_discs(joints, 8, 8, 1.0)
    values = -(10 * truth * np.log(probability) + (1 - truth) * np.log(1 - probability))
    loss = HeatmapCrossEntropy(STRIDE)
    found = loss.call(tf.constant(joints), tf.constant(logits))
    np.testing.assert_allclose(found, values.mean((2, 3, 4)), rtol=1e-9)
    np.testing.assert_allclose(loss(joints, logits), values.mean(), rtol=1e-5)
    again = HeatmapCrossEntropy.from_config(loss.get_config())
    assert again(joints, logits) == loss(joints, logits)
    assert HeatmapCrossEntropy(STRIDE, weight=1.0)(joints, logits) < 0.99 * loss(joints, logits)


def test_a_peak_is_the_centre_of_mass_of_the_fullest_window():
    logits = random_logits(2, 3, 6, 9, 5)
    points, scores = peaks(tf.constant(logits))
    masses = np.pad(1 / (1 + np.exp(-logits)), [(0, 0), (0, 0), (1, 1), (1, 1), (0, 0)])
    for b, t, j in np.ndindex(2, 3, 5):
        windows = {
            (row, column): masses[b, t, row : row + 3, column : column + 3, j]
            for row in range(6)
            for column in range(9)
        }
        row, column = max(windows, key=lambda at: windows[at].sum())
        window = windows[row, column] / windows[row, column].sum()
        wanted = column - 0.5 + window.sum(0) @ range(3), row - 0.5 + window.sum(1) @ range(3)
        np.testing.assert_allclose(points[b, t, j], wanted, rtol=1e-6)
        np.testing.assert_allclose(scores[b, t, j], masses[b, t, :, :, j].max(), rtol=1e-6)


def test_peaks_come_back_from_discs_between_pixels():
    rng = np.random.default_rng(0)
    joints = np.concatenate([rng.uniform(4, SIZE - 4, (50, 17, 2)), np.ones((50, 17, 1))], -1)
    truth = tf.cast(discs(tf.constant(joints), (8, 8), STRIDE, 1.0), tf.float64)
    points, scores = peaks(40 * truth - 20)
    errors = np.linalg.norm(points * STRIDE - joints[..., :2], axis=-1)
    # Half a heatmap pixel is two pixels of the frame; the nearest centre of a pixel is 1.53 away on average.
    assert errors.max() < 2 and errors.mean() < 1
    np.testing.assert_allclose(scores, 1, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_peaks_of_certain_heatmaps_are_finite(dtype):
    logits = np.full((1, 5, 5, 3), -1000, dtype)
    logits[0, 4, 0, 1] = 1000
    logits[0, 2, 3, 2] = -900
    points, scores = peaks(tf.constant(logits))
    assert np.isfinite(points).all() and points.dtype == dtype
    np.testing.assert_allclose(points[0, 1:], [[0.5, 4.5], [3.5, 2.5]], atol=1e-6)
    np.testing.assert_allclose(scores, [[0, 1, 0]])


def slow_measures(joints, points):
    """PCK and mean error over all frames, joint by joint."""
    right, errors, counted = 0, [], 0
    for frame, guesses in zip(joints.reshape(-1, 17, 3), points.reshape(-1, 17, 2), strict=True):
        seen = [joint for joint in range(17) if frame[joint, 2]]
        length = max((max(frame[seen, axis]) - min(frame[seen, axis]) for axis in range(2)), default=0) if seen else 0
        for joint in seen:
            error = np.hypot(*(frame[joint, :2] - guesses[joint]))
            errors.append(error)
            counted += length > 0
            right += length > 0 and error <= 0.2 * length
    return right / counted, np.mean(errors)


def means(joints, points):
    both = [measure(tf.constant(joints), tf.constant(points)) for measure in (pck, joint_error)]
    return [np.average(values, weights=weights) for values, weights in both]


def test_measures_equal_brute_force():
    joints = random_joints(4, 6)
    joints[0, 0, :, 2] = 0
    joints[0, 1, :, 2] = np.arange(17) == 3  # a single joint has no reference length
    points = joints[..., :2] + np.random.default_rng(5).normal(0, 5, joints[..., :2].shape)
    found = means(joints, points)
    np.testing.assert_allclose(found, slow_measures(joints, points))
    assert 0.2 < found[0] < 0.9


def test_joints_that_cannot_be_seen_count_nowhere():
    joints = random_joints(2, 3)
    points = joints[..., :2] + 3.0
    wild = np.where(joints[..., 2:] > 0, points, 1e4)
    far = np.concatenate([np.where(joints[..., 2:] > 0, joints[..., :2], -1e4), joints[..., 2:]], -1)
    assert means(joints, points) == means(joints, wild) == means(far, points)
    assert means(joints, points)[1] == pytest.approx(3 * np.sqrt(2))


def test_pck_takes_the_longer_side_of_the_box():
    joints = np.array([[0.0, 0, 1], [10, 0, 1], [0, 40, 1], [90, 90, 0]])  # 10 wide, 40 high: 8 pixels
    points = np.array([[0.0, 7.9], [10, 8.1], [8.1, 40], [90, 90]])
    right, weights = pck(tf.constant(joints), tf.constant(points))
    assert right.numpy()[:3].tolist() == [1, 0, 0] and weights.numpy().tolist() == [1, 1, 1, 0]


def test_the_task_measures_clip_by_clip():
    task, joints = Keypoints(STRIDE), random_joints(3, 5)
    joints[1, :, :, 2] = 0
    logits = random_logits(3, 5, 8, 8, 17)
    found = task.measure(tf.constant(joints), tf.constant(logits), None)
    points = peaks(tf.constant(logits))[0].numpy() * STRIDE
    for clip in (0, 2):
        wanted = slow_measures(joints[clip], points[clip])
        np.testing.assert_allclose([found["pck"][clip], found["joint_error"][clip]], wanted)
    assert np.isnan(found["pck"][1]) and np.isnan(found["joint_error"][1])
    loss = task.loss().call(tf.constant(joints), tf.constant(logits))
    np.testing.assert_allclose(found["loss"], np.mean(loss, 1))

    # An evaluation leaves out the clip that has nothing to measure.
    class Given(Keypoints):
        def measure(self, targets, outputs, frames):
            return found

    net = keypoint_network().parallel(1)
    batches = [(tf.zeros((3, 5, SIZE, SIZE, 3)), tf.constant(joints))]
    result = evaluate(Given(STRIDE), {"net": net}, batches)["net"].means
    np.testing.assert_allclose(result["pck"], (found["pck"][0] + found["pck"][2]) / 2)


@pytest.mark.parametrize("measure", ["pck", "joint_error"])
def test_metrics_are_means_over_all_joints_that_count(measure):
    metric = JointMetric(measure, STRIDE)
    joints, logits = random_joints(4, 5).astype("float32"), random_logits(4, 5, 8, 8, 17).astype("float32")
    for part in (slice(0, 1), slice(1, 4)):
        metric.update_state(joints[part], logits[part])
    points = peaks(tf.constant(logits))[0].numpy() * STRIDE
    wanted = slow_measures(joints, points)[("pck", "joint_error").index(measure)]
    np.testing.assert_allclose(metric.result(), wanted, rtol=1e-5)
    again = JointMetric.from_config(metric.get_config())
    again.update_state(joints, logits, sample_weight=np.array([[1.0] * 5, [0] * 5, [0] * 5, [0] * 5]))
    wanted = slow_measures(joints[:1], points[:1])[("pck", "joint_error").index(measure)]
    np.testing.assert_allclose(again.result(), wanted, rtol=1e-5)
    assert again.name == measure


def slow_upsample(maps, size):
    """Each target pixel takes from the four source pixels around its centre."""
    _, height, width, _ = maps.shape
    result = np.zeros((len(maps), *size, maps.shape[-1]))
    for row, column in np.ndindex(*size):
        y = np.clip((row + 0.5) * height / size[0] - 0.5, 0, height - 1)
        x = np.clip((column + 0.5) * width / size[1] - 0.5, 0, width - 1)
        for i in {int(np.floor(y)), int(np.ceil(y))}:
            for j in {int(np.floor(x)), int(np.ceil(x))}:
                result[:, row, column] += (1 - abs(y - i)) * (1 - abs(x - j)) * maps[:, i, j]
    return result


@pytest.mark.parametrize(("shape", "size"), [((3, 4), (12, 8)), ((4, 4), (4, 4)), ((1, 5), (7, 5)), ((2, 3), (2, 9))])
def test_upsampling_is_bilinear(shape, size):
    maps = np.random.default_rng(0).normal(size=(2, *shape, 3))
    found = upsample(tf.constant(maps), size)
    assert found.dtype == tf.float64
    np.testing.assert_allclose(found, slow_upsample(maps, size), atol=1e-12)
    np.testing.assert_allclose(found, tf.image.resize(maps, size), atol=1e-5)


@functools.cache
def keypoint_network(dtype="float64"):
    base = networks.simple_cnn(3, (SIZE, SIZE, 3), width=0.05, dtype=dtype)
    return randomize(networks.with_keypoint_head(base, SIZE // STRIDE))


@functools.cache
def densenet():
    return networks.with_keypoint_head(networks.par_densenet(7, (64, 64, 3), width=0.04))


def clip(frames, batch=2):
    return np.random.default_rng(3).uniform(size=(batch, frames, SIZE, SIZE, 3))


def test_the_head_of_a_sequential_network_sees_the_frame_at_every_resolution():
    net, video = keypoint_network(), clip(3)
    maps = {"frame": video.reshape(-1, SIZE, SIZE, 3)}
    for unit in net.wiring.units[:-1]:
        maps[unit.name] = unit.layer(maps[unit.inputs[0]]).numpy()
    read = net.wiring["head"].inputs
    assert read == ["conv4", "conv5"]  # conv1 and conv2 are finer than the heatmaps
    value = np.concatenate([slow_upsample(maps[name], (8, 8)) for name in read], -1)
    for layer in net.wiring["head"].layer.layers:
        value = layer(value)
    assert_same(net.run(video), value.numpy().reshape(2, 3, 8, 8, 17))


@pytest.mark.parametrize(("count", "clocks"), [(6, None), (6, "halving"), (3, "halving")])
def test_all_ways_to_run_agree_with_the_slow_one(count, clocks):
    net = keypoint_network().parallel(count, clocks=clocks)
    video = clip(net.schedule.valid_from + net.schedule.hyper_period + 3)
    first, expected = naive(case_of(net), layers_of(net), video)
    for engine in ("folded", "ticked"):
        assert_same(net.run(video, engine=engine)[:, first:], expected)
    stream = mpvn.Stream(net, batch_size=2)
    assert_same(tf.stack([stream.step(video[:, t]) for t in range(video.shape[1])], 1)[:, first:], expected)


def test_the_head_reads_registers_and_follows_every_frame():
    schedule = densenet().parallel(14, clocks="halving").schedule
    head = schedule["head"]
    delays = {read.source: read.delay for read in head.reads}
    # The last block ends in the head's own subnetwork; all others are read as they were at the tick before.
    assert delays == {"block1_miniblock4": 1, "block2_miniblock8": 1, "block3_miniblock8": 1, "block4_miniblock6": 0}
    assert (head.subnetwork, head.period) == (13, 1)
    assert [schedule[source].period for source in delays] == [2, 4, 8, 16]
    assert schedule.executions(16)["head"] == 16
    aligned = densenet().parallel(14, skips="aligned").schedule["head"]
    assert [read.delay for read in aligned.reads] == [11, 7, 3, 0]


def test_networks_keep_their_cuts_and_share_their_units():
    base = networks.par_inception(7, (64, 64, 3), width=0.04)
    net = networks.with_keypoint_head(base, (32, 16))
    assert net.wiring["head"].inputs == ["conv2", "mixed_3c", "mixed_4f", "mixed_5c"]
    assert net.value_spec("head").shape == [None, 32, 16, 17]
    assert net.parallel(10, cut="paper", clocks="i3d").schedule.num_subnetworks == 10
    assert net.unit_layers[:-1] == base.unit_layers[:-1] and net.unit_layers[-1] is not base.unit_layers[-1]
    fine = networks.with_keypoint_head(base, 64, num_joints=3)
    assert fine.wiring["head"].inputs[0] == "conv1" and fine.value_spec("head").shape == [None, 64, 64, 3]
    assert densenet().value_spec("head").shape == [None, 16, 16, 17] and set(densenet().cuts) == {14, 7, 4, 2}


def test_units_that_lead_nowhere_are_left_out():
    net = networks.with_keypoint_head(networks.vgg8(7, (32, 32, 3), width=0.02), 8)
    assert net.wiring.names == ("conv1", "conv2", "conv3", "conv4", "conv5", "head") and not net.cuts
    assert net.wiring["head"].inputs == ["conv1", "conv4", "conv5"]
    coarse = networks.with_keypoint_head(networks.simple_cnn(7, (SIZE, SIZE, 3), width=0.05), 4)
    assert coarse.wiring["head"].inputs == ["conv5"]


def test_a_network_comes_back_from_its_settings():
    net = keypoint_network().parallel(3, clocks="halving")
    again = mpvn.VideoNetwork.from_config(net.get_config())
    again.set_weights(net.get_weights())
    assert_same(again.run(clip(9))[:, 4:], net.run(clip(9))[:, 4:])


def test_heatmaps_that_do_not_fit_are_one_line(one_line_error):
    base = networks.simple_cnn(7, (SIZE, 24, 3), width=0.05)
    for size in (5, (8, 5), (64, 48), 0, (8, 8, 8), (8.0, 6.0)):
        one_line_error(lambda size=size: networks.with_keypoint_head(base, size), "heatmap_size=", "32 x 24")
    one_line_error(lambda: networks.with_keypoint_head(base, (2, 2)), "heatmap_size=(2, 2)", "coarser")
    flat = mpvn.VideoNetwork([mpvn.Unit("a", keras.layers.Dense(2))], (4,))
    one_line_error(lambda: networks.with_keypoint_head(flat), "(4,)", "height")
    units = [
        mpvn.Unit("a", keras.layers.Conv2D(2, 1), ["frame"]),
        mpvn.Unit("b", keras.layers.Concatenate(), ["a"], feedback=["c"]),
        mpvn.Unit("c", keras.layers.Conv2D(2, 1), ["b"], output_shape=(8, 8, 2)),
    ]
    looped = mpvn.VideoNetwork(units, (8, 8, 3))
    one_line_error(lambda: networks.with_keypoint_head(looped, 8), "'b'", "'c'", "feedback")


def test_settings_of_the_task_that_do_not_fit_are_one_line(one_line_error):
    for settings in ({"stride": 0}, {"stride": 2.0}, {"radius": 0}, {"weight": -1}):
        one_line_error(lambda settings=settings: Keypoints(**settings), next(iter(settings)))
    one_line_error(lambda: Keypoints(stride=5).network_arguments(DATA), "stride=5", "32 x 32")
    objects = sources.moving_objects(num_frames=4, size=16)
    one_line_error(lambda: objects.batches("train", 1, annotation="joints"), "joints", "label")


def test_joints_come_with_the_frames_that_they_are_in(tmp_path):
    data = sources.walkers(
        num_frames=4, size=SIZE, num_train=12, num_validation=0, num_test=0, stride=3, data_dir=str(tmp_path)
    )
    video, joints = next(iter(data.batches("train", 12, annotation="joints")))
    assert joints.shape == (12, 4, 17, 3) and set(np.unique(joints[..., 2])) == {0, 1}
    _, labels = next(iter(data.batches("train", 12)))
    # The clips again, from their seeds: the frames say which is which.
    clips = [generate_clip((0, i), 10, SIZE, data.class_names[i]) for i in range(12)]
    for found, truth, label in zip(video, joints, labels, strict=True):
        frames = np.round(found.numpy() * 255).astype(np.uint8)
        (same,) = [c for c in clips if np.array_equal(c["video"][::3], frames)]
        np.testing.assert_array_equal(truth[..., :2], same["joints"][::3])
        np.testing.assert_array_equal(truth[..., 2], same["visible"][::3])
        assert label == same["label"]


def test_training_brings_the_loss_down():
    net = networks.with_keypoint_head(networks.simple_cnn(3, (SIZE, SIZE, 3), width=0.1), SIZE // STRIDE).parallel(3)
    task = Keypoints(STRIDE)
    made = [generate_clip(seed, 12, SIZE) for seed in range(2)]
    video = np.stack([c["video"] for c in made]).astype("float32") / 255
    joints = np.stack([np.concatenate([c["joints"], c["visible"][..., np.newaxis]], -1) for c in made])
    net.compile(keras.optimizers.Adam(0.01), task.loss(), metrics=task.metrics(), targets_per=task.targets_per)
    losses = net.fit(video, task.targets(video, joints), batch_size=2, epochs=40, verbose=0).history
    assert losses["loss"][-1] < 0.5 * losses["loss"][0]
    assert losses["pck"][-1] > 2 * losses["pck"][0] and losses["joint_error"][-1] < 0.5 * losses["joint_error"][0]


@pytest.mark.parametrize("latency", [0, 2])
def test_the_loss_is_that_of_the_frames_that_are_due(latency):
    net = keypoint_network("float32").parallel(3, prediction_latency=latency)
    task, video, joints = Keypoints(STRIDE), clip(8).astype("float32"), random_joints(2, 8).astype("float32")
    net.compile("sgd", task.loss(), metrics=task.metrics(), targets_per=task.targets_per)
    outputs = net.run(video)[:, net.schedule.reach :]
    found = net.evaluate(video, joints, batch_size=2, verbose=0, return_dict=True)
    wanted = task.measure(tf.constant(joints[:, net.schedule.reach - latency : 8 - latency]), outputs, None)
    np.testing.assert_allclose(found["loss"], wanted["loss"].mean(), rtol=1e-5)
    late = task.measure(tf.constant(joints[:, net.schedule.reach :]), outputs, None)
    assert latency == 0 or abs(found["loss"] - late["loss"].mean()) > 1e-3
    # Sideways takes the same loss, tick by tick.
    from sideways_tf import pseudo_gradients

    loss, gradients = pseudo_gradients(net, video, joints, task.loss(), engine="folded", targets_per="frame")
    np.testing.assert_allclose(loss, found["loss"], rtol=1e-5)
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)


def certain(points, seen=range(17)):
    """Logits of heatmaps that are certain of joints at `points`, [17, 2] in pixels of the frame."""
    visible = np.isin(np.arange(17), seen)[:, np.newaxis]
    joints = np.concatenate([points, visible], -1)
    return 40 * tf.cast(discs(tf.constant(joints), (16, 16), 2, 1.0), tf.float32).numpy() - 20


POINTS = np.stack([np.linspace(3, 29, 17), np.linspace(28, 4, 17)], -1)


def test_live_joints_are_marked_where_they_are():
    task = Keypoints(2)
    output = certain(POINTS, seen=[0, 8, 16])
    words, picture = task.live(DATA, np.zeros((SIZE, SIZE, 3)), output)
    assert words == "3 of 17 joints" and picture is None
    frame = np.zeros((320, 480, 3), np.uint8)
    shown = task.annotate(frame, output, fitting.placing(frame.shape, (SIZE, SIZE, 3)))
    assert not frame.any() and shown.shape == frame.shape
    rows, columns = np.nonzero(shown.any(-1))
    for point in POINTS[[0, 8, 16]]:
        # The network sees the middle of the frame, at a tenth of its size.
        x, y = 80 + 10 * point[0], 10 * point[1]
        near = np.hypot(columns - x, rows - y) < 30
        assert near.any()
        assert np.hypot(columns[near].mean() - x, rows[near].mean() - y) < 12  # pixels of the video, 1.2 of the frame
    assert Action().annotate(frame, output, None) is frame


@pytest.mark.parametrize("shape", [(320, 480), (50, 33), (32, 32), (97, 41), (20, 20)])
def test_points_go_back_to_the_place_they_were_seen_at(shape):
    """A bright patch in the video is where the network's view of it says."""
    rng = np.random.default_rng(0)
    network = types.SimpleNamespace(frame_shape=(SIZE, SIZE, 3), preprocessing=Preprocessing(), viewing=None)
    fit, place = fitting.Fitting(network), fitting.placing(shape, network.frame_shape)
    for _ in range(5):
        spot = place(rng.uniform(8, 24, (1, 2)))[0]
        grid = np.stack(np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5), -1)
        patch = np.exp(-((grid - spot) ** 2).sum(-1) / (2 * (0.08 * min(shape)) ** 2))
        video = np.repeat((255 * patch[..., np.newaxis]).astype(np.uint8), 3, -1)
        seen = fit(video).numpy()[..., 0]
        centre = np.array([seen.sum(0) @ (np.arange(SIZE) + 0.5), seen.sum(1) @ (np.arange(SIZE) + 0.5)]) / seen.sum()
        np.testing.assert_allclose(place(centre[np.newaxis])[0], spot, atol=0.02 * min(shape))


@pytest.mark.parametrize("shape", ["circle", "triangle"])
def test_marks_are_small_and_in_place(shape):
    frame = np.zeros((200, 300, 3), np.uint8)
    shown = pictures.mark(frame, np.array([[100.5, 50.5], [250.5, 150.5]]), [(255, 0, 0), (0, 255, 0)], shape)
    for channel, (x, y) in enumerate([(100, 50), (250, 150)]):
        rows, columns = np.nonzero(shown[..., channel] == 255)
        assert 5 < len(rows) < 100
        assert abs(rows.mean() - y) < 1.5 and abs(columns.mean() - x) < 0.6
    assert shown.sum(-1).astype(bool).sum() < 200


def test_a_picture_has_circles_and_triangles():
    task, video = Keypoints(2), np.zeros((6, SIZE, SIZE, 3))
    true = np.concatenate([np.tile(POINTS, (6, 1, 1)), np.ones((6, 17, 1))], -1)
    hidden = np.concatenate([true[..., :2], np.zeros((6, 17, 1))], -1)
    outputs = np.tile(certain(POINTS[::-1]), (3, 1, 1, 1))
    none = np.full_like(outputs, -20)
    drawn = [task.picture(DATA, video, *clip) for clip in ((true, outputs), (true, none), (hidden, outputs))]
    empty = task.picture(DATA, video, hidden, none)
    enlarged = 320 // SIZE * SIZE
    assert drawn[0].dtype == np.uint8 and drawn[0].shape == empty.shape
    assert min(empty.shape[:2]) > 2 * enlarged
    changed = [(picture != empty).any(-1).sum() for picture in drawn]
    assert changed[0] > max(changed[1:]) > min(changed[1:]) > 400


def test_training_evaluation_and_streaming_as_commands(tmp_path):
    params = [
        f'walkers.data_dir = "{tmp_path}"',
        "walkers.num_frames = 8",
        "walkers.size = 32",
        "walkers.num_train = 12",
        "walkers.num_validation = 12",
        "walkers.num_test = 12",
        "network.base = @simple_cnn",
        "network.num_subnetworks = 3",
        "simple_cnn.width = 0.1",
        "train.steps = 4",
        "train.batch_size = 4",
        "train.report_every = 2",
        "train.validation_clips = 4",
    ]
    settings = ["--gin_file=gin_configs/mpvn/par_densenet_keypoints.gin", *(f"--gin_param={p}" for p in params)]
    folder, output = tmp_path / "run", tmp_path / "out.mp4"
    line = bad("mpvn.train", *settings, "--gin_param=keypoints.stride = 5", f"--model_dir={folder}")
    assert "stride=5" in line
    good("mpvn.train", *settings, f"--model_dir={folder}")
    rows = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows] == [2, 4]
    assert all(row["loss"] > 0 and 0 <= row["val_pck"] <= 1 and 0 < row["val_joint_error"] < 46 for row in rows)
    out = good("mpvn.evaluate", f"--model_dir={folder}")
    assert "as trained: loss" in out and "pck" in out and "joint_error" in out
    summary = json.loads((folder / "evaluation_test.json").read_text())
    assert set(summary["networks"]["sequential"]) == {"loss", "pck", "joint_error", "clips"}
    for measures in summary["networks"].values():
        assert measures["clips"] == 12 and 0 <= measures["pck"] <= 1 and 0 < measures["joint_error"] < 46
    with VideoWriter(tmp_path / "clip.mp4", 25, (96, 128)) as writer:
        for frame in generate_clip(1, 8, 96)["video"]:
            writer.write(np.pad(frame, [(0, 0), (16, 16), (0, 0)]))
    out = good("mpvn.stream_video", f"--video={tmp_path / 'clip.mp4'}", f"--model_dir={folder}", f"--output={output}")
    assert "8 frames" in out
    with VideoReader(output) as reader:
        assert len(list(reader)) == 8

"""Skip wirings over chains: who reads whom, what is added up, and what a network then sees."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import mpvn
from mpvn.transforms.skip_connections import Merge, with_skips

VARIANTS = [("sum", 1), ("sum", "dense"), ("concat", 1), ("concat", "dense")]


@pytest.fixture(scope="module")
def simple():
    return mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1)


def reads(net):
    return {unit.name: [read.source for read in unit.reads] for unit in net.schedule.units}


def video(num_frames, size=16, seed=0):
    return np.random.default_rng(seed).uniform(size=(2, num_frames, size, size, 3)).astype("float32")


def test_who_reads_whom(simple):
    assert reads(with_skips(simple, "sum", 1))["conv4"] == ["conv3", "conv2"]
    assert reads(with_skips(simple, "sum", 2))["conv4"] == ["conv3", "conv2", "conv1"]
    dense = reads(with_skips(simple, "concat", "dense"))
    assert dense["conv1"] == ["frame"] and dense["conv2"] == ["conv1"]
    assert dense["head"] == ["conv5", "conv4", "conv3", "conv2", "conv1"]


def test_modules_of_several_units(simple):
    net = with_skips(simple, "sum", "dense", ["conv3", "conv5"]).parallel(boundaries=["conv3", "conv5"])
    assert reads(net) == {
        "conv1": ["frame"],
        "conv2": ["conv1"],
        "conv3": ["conv2"],
        "conv4": ["conv3"],
        "conv5": ["conv4", "conv2"],
        "head": ["conv5"],
    }
    assert net.schedule.frames_mixed("head", 10) == (8, 9)


def test_what_the_top_mixes_and_how_late_gradients_are(simple):
    chain = simple.parallel(6).schedule
    assert chain.frames_mixed("head", 20) == (15,)
    assert chain.path_staleness["conv1"] == (10,)
    one = with_skips(simple, "sum", 1).parallel(6).schedule
    assert one.frames_mixed("head", 20) == (15, 16, 17) and one.information_latency == (3, 3, 3)
    assert one.path_staleness["conv1"] == (6, 8, 10)
    dense = with_skips(simple, "concat", "dense").parallel(6).schedule
    assert dense.frames_mixed("head", 20) == (15, 16, 17, 18, 19) and dense.information_latency == (1, 1, 1)
    assert dense.path_staleness["conv1"] == (2, 4, 6, 8, 10)
    assert "frames of age 1, 2, 3, 4, 5" in dense.table()
    assert "one frame of age 5" in chain.table()


def test_a_sum_is_a_projection_onto_the_input():
    layer = Merge(keras.layers.Conv2D(4, 3, padding="same"), "sum")
    main, far, vector = (tf.random.normal(shape) for shape in ([2, 4, 4, 5], [2, 7, 7, 3], [2, 4, 4, 5]))
    found = layer([main, far, vector])
    kernel = layer.adapters[0].kernel
    assert kernel.shape == (1, 1, 3, 5)
    projected = tf.einsum("bhwc,cd->bhwd", far[:, ::2, ::2], kernel[0, 0])
    np.testing.assert_allclose(found, layer.layer(main + projected + vector), atol=1e-5)


def test_a_concatenation_pools_what_is_larger():
    layer = Merge(keras.layers.Conv2D(4, 3, padding="same"), "concat")
    main, far = tf.random.normal([2, 4, 4, 5]), tf.random.normal([2, 8, 8, 3])
    found = layer([main, far])
    pooled = tf.reduce_mean(tf.reshape(far, [2, 4, 2, 4, 2, 3]), [2, 4])
    np.testing.assert_allclose(found, layer.layer(tf.concat([main, pooled], -1)), atol=1e-5)
    assert not layer.adapters[0].weights


def test_maps_beside_vectors_are_averaged():
    far = tf.random.normal([2, 8, 8, 3])
    main = tf.random.normal([2, 6])
    concat = Merge(keras.layers.Dense(2), "concat")
    joined = tf.concat([main, tf.reduce_mean(far, [1, 2])], -1)
    np.testing.assert_allclose(concat([main, far]), concat.layer(joined), atol=1e-5)
    added = Merge(keras.layers.Dense(2), "sum")
    assert added([main, far]).shape == (2, 2)
    assert [w.shape for w in added.adapters[0].weights] == [(3, 6)]


NETWORKS = {
    "simple_cnn": lambda: mpvn.networks.simple_cnn(3, (16, 16, 3), width=0.1),
    "vgg8": lambda: mpvn.networks.vgg8(3, (32, 32, 3), width=0.02),
    "autoencoder": lambda: mpvn.networks.autoencoder((16, 16, 3), width=0.05),
}


@pytest.mark.parametrize("name", list(NETWORKS))
@pytest.mark.parametrize(("skip", "span"), VARIANTS)
def test_the_papers_networks_run_alike_everywhere(name, skip, span, tmp_path):
    base = NETWORKS[name]()
    net = with_skips(base, skip, span).parallel(len(base.wiring))
    size = net.frame_shape[0]
    clip = video(net.schedule.valid_from + 3, size)
    folded, ticked = (net.run(clip, engine=engine).numpy() for engine in ("folded", "ticked"))
    np.testing.assert_allclose(folded, ticked, atol=1e-5)
    stream = mpvn.Stream(net, batch_size=2)
    steps = np.stack([stream.step(clip[:, t]) for t in range(clip.shape[1])], 1)
    first = net.schedule.valid_from
    np.testing.assert_allclose(steps[:, first:], folded[:, first:], atol=1e-5)
    if (skip, span) == ("sum", "dense"):
        net.save(tmp_path / "net.keras")
        again = keras.saving.load_model(tmp_path / "net.keras")
        np.testing.assert_allclose(again.run(clip), folded, atol=1e-6)


@pytest.mark.parametrize(("skip", "span"), VARIANTS)
def test_it_sees_motion_where_the_chain_sees_one_frame(simple, skip, span):
    clip = video(8)
    other = clip.copy()
    other[:, 3:7] = other[:, 6:2:-1]  # the same frames in another order; the output at tick 7 sees frames 2 .. 6
    other[:, 2] = clip[:, 2]
    chain, mixed = simple.parallel(6), with_skips(simple, skip, span).parallel(6)
    assert np.abs(np.subtract(chain.run(clip)[:, 7], chain.run(other)[:, 7])).max() == 0
    assert np.abs(np.subtract(mixed.run(clip)[:, 7], mixed.run(other)[:, 7])).max() > 1e-4


def test_a_head_made_of_keras_sequential():
    head = keras.Sequential([keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    units = [
        mpvn.Unit("a", keras.layers.Conv2D(4, 3, 2, padding="same")),
        mpvn.Unit("b", keras.layers.Conv2D(4, 3, 2, padding="same"), ["a"]),
        mpvn.Unit("head", head, ["b"]),
    ]
    chain = mpvn.VideoNetwork(units, (8, 8, 3))
    net = with_skips(chain, "concat")
    assert net.run(video(3, 8)).shape == (2, 3, 2)
    assert net.count_params() == chain.count_params() + 4 * 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"skip": "mean"}, ["'mean'", "'sum'", "'concat'"]),
        ({"span": 0}, ["span=0", "'dense'"]),
        ({"span": "all"}, ["'all'", "'dense'"]),
        ({"modules": ["conv9"]}, ["'conv9'", "conv1"]),
    ],
)
def test_bad_options_are_one_line(simple, change, words, one_line_error):
    one_line_error(lambda: with_skips(simple, **change), *words)


def test_other_networks_than_chains_are_one_line(simple, one_line_error):
    one_line_error(lambda: with_skips(with_skips(simple)), "conv3", "conv2, conv1", "chain")


@pytest.mark.parametrize("skip", ["sum", "concat"])
def test_a_vector_cannot_be_read_beside_a_map(skip, one_line_error):
    units = [
        mpvn.Unit("a", keras.layers.GlobalAveragePooling2D()),
        mpvn.Unit("b", keras.layers.Reshape((1, 1, 3)), ["a"]),
        mpvn.Unit("c", keras.layers.UpSampling2D(2), ["b"]),
    ]
    one_line_error(lambda: with_skips(mpvn.VideoNetwork(units, (8, 8, 3)), skip), "'c'", "[3]", "[1, 1, 3]")

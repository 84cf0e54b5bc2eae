"""VideoNetwork as a Keras model: shared weights, saving, training, errors."""

import copy
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from eager import eagerly
from four_devices import FOUR
from reference import Case
from tiny import WIDTH, Mix, assert_same, case_of, dense_network, layers_of, naive, network_of, randomize, video

import mpvn
from mpvn.errors import InputError
from mpvn.layers.chain import Chain
from mpvn.runs.checkpoints import Checkpoints
from sideways_tf import SidewaysModel

CLOCKS = {"b": 2, "c": 2, "d": 4}


@pytest.fixture(scope="module")
def net():
    """Not to be trained: its weights are shared by the tests."""
    return dense_network("float32", normalize=True)


def feedback_network(dtype="float32"):
    units = {"a": (["frame"], ["b"]), "b": (["a", ("frame", 1)], [])}
    return network_of(Case(units, {"a": 0, "b": 1}, {"a": 1, "b": 1}, {"a": 0, "b": 0}), dtype)


# --- schedules ---------------------------------------------------------------------------------------------------


def test_parallel_shares_weights(net):
    fast = net.parallel(5, clocks=CLOCKS)
    assert [id(v) for v in fast.variables] == [id(v) for v in net.variables]
    own = dense_network("float32")
    faster, before = own.parallel(2), own.run(video(4)).numpy()
    faster.trainable_variables[0].assign_add(tf.ones_like(faster.trainable_variables[0]))
    assert np.abs(own.run(video(4)) - before).max() > 1e-2
    assert net.schedule.num_subnetworks == 1
    assert net.schedule.hyper_period == 1


def test_cuts():
    net = dense_network("float32")
    net.cuts = {3: ["b", "head"]}
    subnetworks = {}
    for key, kwargs in {
        "declared": {"num_subnetworks": 3},
        "paper": {"num_subnetworks": 3, "cut": "paper"},
        "balanced": {"num_subnetworks": 3, "cut": "balanced"},
        "costs": {"num_subnetworks": 2, "costs": {"a": 9, "b": 1, "c": 1, "d": 1, "head": 1}},
        "boundaries": {"boundaries": ["d"]},
        "default": {},
    }.items():
        subnetworks[key] = [unit.subnetwork for unit in net.parallel(**kwargs).schedule.units]
    assert subnetworks == {
        "declared": [0, 1, 1, 1, 2],
        "paper": [0, 1, 1, 1, 2],
        "balanced": subnetworks["balanced"],
        "costs": [0, 1, 1, 1, 1],
        "boundaries": [0, 0, 0, 1, 1],
        "default": [0, 0, 0, 0, 0],
    }
    assert sorted(np.bincount(subnetworks["balanced"])) == [1, 2, 2]


@pytest.mark.parametrize("costs", ["units", "parameters", "flops", "time"])
def test_measured_costs(net, costs):
    subnetworks = [unit.subnetwork for unit in net.parallel(2, costs=costs).schedule.units]
    assert sorted(set(subnetworks)) == [0, 1]


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"num_subnetworks": 0}, ["0"]),
        ({"num_subnetworks": 6}, ["6", "5 units"]),
        ({"boundaries": ["ghost"]}, ["'ghost'"]),
        ({"boundaries": ["b"], "num_subnetworks": 3}, ["'b'", "2 subnetworks"]),
        ({"boundaries": ["b"], "cut": "balanced"}, ["'b'"]),
        ({"num_subnetworks": 3, "cut": "paper"}, ["'paper'", "3"]),
        ({"cut": "best"}, ["'best'", "'balanced'"]),
        ({"costs": "money"}, ["'money'", "flops"]),
        ({"costs": {"a": 1}}, ["'b'"]),
        ({"clocks": "third"}, ["'third'"]),
        ({"clocks": {"ghost": 2}}, ["'ghost'"]),
        ({"clocks": {"a": 2, "b": 3}}, ["'b'", "3", "'a'", "multiple"]),
        ({"clocks": "halving"}, ["halving"]),
        ({"phases": "other"}, ["'other'", "'staggered'", "'zero'", "'level'"]),
        ({"phases": "level", "clocks": {"b": 2}, "costs": {"a": 1}}, ["'b'"]),
        ({"phases": {"ghost": 0}}, ["'ghost'"]),
        ({"skips": "late"}, ["'late'", "'aligned'"]),
        ({"prediction_latency": -1}, ["-1"]),
    ],
)
def test_wrong_schedules_are_refused(one_line_error, net, kwargs, words):
    one_line_error(lambda: net.parallel(**kwargs), *words)


@pytest.mark.parametrize(
    ("units", "words"),
    [
        (lambda: [mpvn.Unit("a")], ["'a'", "None", "Keras layer"]),
        (lambda: [mpvn.Unit("a", keras.layers.Conv2D(2, 3))], ["'a'", "frame [3]"]),
        (lambda: [mpvn.Unit("a", Mix(), feedback=["b"]), mpvn.Unit("b", Mix(), ["a"])], ["'a'", "'b'", "output_shape"]),
        (lambda: [mpvn.Unit("a", Mix(), feedback=["a"], output_shape=(7,))], ["'a'", "(7,)", "(3,)"]),
    ],
)
def test_wrong_units_are_refused(one_line_error, units, words):
    one_line_error(lambda: mpvn.VideoNetwork(units(), (WIDTH,)), *words)


# --- saving ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kwargs", [{}, {"num_subnetworks": 5}, {"num_subnetworks": 3, "clocks": CLOCKS}])
def test_weights_do_not_depend_on_schedule_or_batch_size(net, tmp_path, kwargs):
    clip, path = video(12, dtype="float32"), tmp_path / "a.weights.h5"
    saved = net.parallel(4, clocks=CLOCKS, phases="zero")
    saved.run(video(12, batch=5), engine="ticked")
    saved.save_weights(path)
    loaded = dense_network("float32", normalize=True, seed=9).parallel(**kwargs)
    assert np.abs(loaded.run(clip) - net.parallel(**kwargs).run(clip)).max() > 1e-2
    loaded.load_weights(path)
    first = loaded.schedule.valid_from
    assert_same(loaded.run(clip)[:, first:], net.parallel(**kwargs).run(clip)[:, first:], rtol=1e-6)


@pytest.mark.parametrize(
    "other",
    [
        lambda: mpvn.networks.simple_cnn(3, (8, 8, 2), width=0.1),
        lambda: dense_network("float32", normalize=True, classes=3),
        lambda: dense_network("float32", normalize=False),
        lambda: mpvn.VideoNetwork(dense_network("float32", normalize=True).wiring.units[:3], (WIDTH,)),
    ],
    ids=["another architecture", "other classes", "no normalisation", "fewer units"],
)
def test_weights_of_another_network_are_refused(net, tmp_path, other):
    net.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(ValueError):
        other().load_weights(tmp_path / "a.weights.h5")


@pytest.mark.parametrize("compiled", [False, True])
def test_weights_of_a_network_with_dropout_come_back(tmp_path, compiled):
    """The state of random numbers is no weight: a file without it, or with an optimizer beside it, still fits."""
    saved, loaded = (mpvn.networks.simple_cnn(3, (8, 8, 2), width=0.1, dropout=0.5) for _ in range(2))
    clip = np.random.default_rng(0).uniform(size=(2, 9, 8, 8, 2)).astype("float32")
    if compiled:
        saved.compile(optimizer="adam", loss="mse", metrics=["mae"])
        saved.fit(clip, np.zeros((2, 3)), verbose=0)
    saved.save_weights(tmp_path / "a.weights.h5")
    loaded.load_weights(tmp_path / "a.weights.h5")
    assert_same(loaded.run(clip), saved.run(clip), rtol=1e-6)


@pytest.mark.parametrize("kind", ["clocked", "aligned", "taps", "feedback"])
def test_a_saved_network_comes_back(net, tmp_path, kind):
    saved = {
        "clocked": lambda: net.parallel(3, clocks=CLOCKS, phases={"d": 3}, prediction_latency=2),
        "aligned": lambda: net.parallel(5, skips="aligned"),
        "taps": lambda: network_of(case_with_taps(), "float32"),
        "feedback": feedback_network,
    }[kind]()
    saved.save(tmp_path / "net.keras")
    loaded = keras.models.load_model(tmp_path / "net.keras")
    assert loaded.schedule == saved.schedule
    assert loaded.cuts == saved.cuts
    assert [unit.edges for unit in loaded.wiring.units] == [unit.edges for unit in saved.wiring.units]
    clip, first = video(12, dtype="float32"), saved.schedule.valid_from
    assert_same(loaded(clip)[:, first:], saved(clip)[:, first:], rtol=1e-6)
    # A loaded network can be cut anew.
    again, wanted = loaded.parallel(2), saved.parallel(2)
    first = wanted.schedule.valid_from
    assert_same(again(clip)[:, first:], wanted(clip)[:, first:], rtol=1e-6)


def case_with_taps():
    units = {"a": ([("frame", 1), "frame"], []), "b": (["a", ("a", 2)], []), "c": (["b"], [])}
    return Case(units, {"a": 0, "b": 0, "c": 1}, {"a": 1, "b": 2, "c": 1}, {"a": 0, "b": 0, "c": 0},
                every_tick=frozenset("c"))  # fmt: skip


def changeable(seed, change=lambda net: None):
    """Two dense layers, dropout and an adapted normalisation; `change` is done to the network."""
    keras.utils.set_random_seed(seed)
    first = Chain([keras.layers.Normalization(), keras.layers.Dense(8), keras.layers.Dropout(0.5)])
    units = [mpvn.Unit("x.a", first, ["frame"]), mpvn.Unit("x_a", keras.layers.Dense(3), ["x.a"])]
    net = mpvn.VideoNetwork(units, (WIDTH,))
    first.layers[0].adapt(np.random.default_rng(seed).normal(seed, 2, (64, WIDTH)))
    change(net)
    return net.parallel(2)


def with_lora(net):
    for layer in (net.wiring["x.a"].layer.layers[1], net.wiring["x_a"].layer):
        layer.enable_lora(2)
        layer.lora_kernel_b.assign(np.random.normal(size=layer.lora_kernel_b.shape))


def with_policy_map(net):
    net.wiring["x_a"].layer.dtype_policy = keras.dtype_policies.DTypePolicyMap()


CHANGES = {
    "plain": lambda net: None,
    "lora": with_lora,
    "int8": lambda net: net.wiring["x_a"].layer.quantize("int8"),
    "policy map": with_policy_map,
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["weights", "keras", "tf checkpoint", "run", "sideways", "distillation"])
def test_all_that_layers_hold_comes_back(kind, change, tmp_path):
    saved, loaded = (changeable(seed, CHANGES[change]) for seed in (0, 1))
    clip = video(6, dtype="float32")
    saved.run(clip, engine="ticked", training=True)  # draws random numbers
    loaded.run(clip)  # and this is compiled before anything is loaded
    if kind == "weights":
        saved.save_weights(tmp_path / "a.weights.h5")
        loaded.load_weights(tmp_path / "a.weights.h5")
    elif kind == "keras":
        saved.save(tmp_path / "a.keras")
        loaded = keras.models.load_model(tmp_path / "a.keras")
    elif kind == "run":
        optimizer = keras.optimizers.SGD()
        optimizer.build(saved.trainable_variables)
        checkpoints = Checkpoints(tmp_path, saved, optimizer)
        checkpoints.restore()
        checkpoints.save(1)
        assert Checkpoints(tmp_path, loaded.parallel(1)).restore() == 1
    else:
        wrap = {"sideways": SidewaysModel, "distillation": lambda net: mpvn.Distillation(net, net, ["x.a"])}
        models = [wrap.get(kind, lambda net: net)(net) for net in (saved, loaded)]
        path = tf.train.Checkpoint(model=models[0]).save(tmp_path / "a")
        tf.train.Checkpoint(model=models[1]).restore(path).assert_consumed()
    np.testing.assert_allclose(loaded.run(clip), saved.run(clip), atol=1e-5)
    if kind in ("weights", "keras", "tf checkpoint") and change == "plain":  # the same random numbers are drawn, too
        training = [net.run(clip, engine="ticked", training=True) for net in (loaded, saved)]
        np.testing.assert_allclose(*training, atol=1e-5)
    if kind in ("weights", "keras", "run"):  # the layers themselves are right, too
        layers = [net.wiring["x.a"].layer for net in (loaded, saved)]
        np.testing.assert_allclose(layers[0](clip[0]), layers[1](clip[0]), atol=1e-5)


def test_layers_in_several_places_stay_one_in_a_file(tmp_path):
    shared = keras.layers.Dense(WIDTH)
    units = [
        mpvn.Unit("a", Chain([shared, keras.layers.Dense(WIDTH)]), ["frame"]),
        mpvn.Unit("b", keras.Sequential([shared, keras.layers.ReLU()]), ["a"]),
        mpvn.Unit("c", shared, ["b"]),
    ]
    net, clip = mpvn.VideoNetwork(units, (WIDTH,)), video(5, dtype="float32")
    net.save(tmp_path / "a.keras")
    loaded = keras.models.load_model(tmp_path / "a.keras")
    assert len(loaded.variables) == len(net.variables) == 4
    assert loaded.wiring["a"].layer.layers[0] is loaded.wiring["b"].layer.layers[0] is loaded.wiring["c"].layer
    assert_same(loaded(clip), net(clip), rtol=1e-6)
    assert len(keras.models.clone_model(net).variables) == 4


def test_a_network_of_quantized_layers(tmp_path):
    layer = keras.layers.Dense(2)
    layer.build((None, WIDTH))
    layer.quantize("int8")
    net, clip = mpvn.VideoNetwork([mpvn.Unit("only", layer, ["frame"])], (WIDTH,)), video(5, dtype="float32")
    net.save(tmp_path / "a.keras")
    assert_same(keras.models.load_model(tmp_path / "a.keras")(clip), net(clip), rtol=1e-6)


def test_copies_of_python(net):
    clip = video(6, dtype="float32")
    for found in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert_same(found(clip), net(clip), rtol=1e-6)
        assert not {id(v) for v in found.variables} & {id(v) for v in net.variables}


# --- export ------------------------------------------------------------------------------------------------------


def test_export_gives_the_numbers_of_clips_of_the_trained_length(tmp_path, one_line_error):
    clip = video(6, batch=4, dtype="float32")
    placed = dense_network("float32").parallel(2).place(FOUR[1:3])
    for number, model in enumerate([feedback_network(), SidewaysModel(placed), dense_network("float32").parallel(3)]):
        one_line_error(lambda model=model: model.export(tmp_path / "none"), "not been trained", "input_signature")
        model.compile("sgd", "mse")
        model.fit(clip, np.zeros((4, 6, model(clip[:, :5]).shape[-1])), verbose=0)
        folder = str(tmp_path / str(number))
        model.export(folder, verbose=False)
        served = tf.saved_model.load(folder)
        np.testing.assert_allclose(served.serve(clip[:3]), model(clip[:3]), atol=1e-6)
        operations = served.signatures["serve"].graph.get_operations()
        assert not any(operation.device for operation in operations)


# --- training ----------------------------------------------------------------------------------------------------


def step_of(network, clip, targets, **kwargs):
    """The loss that one step of plain gradient descent reports, and minus what it adds to the weights."""
    before = [v.numpy() for v in network.trainable_variables]
    network.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse", **kwargs)
    history = network.fit(clip, targets, batch_size=len(clip), verbose=0, shuffle=False).history
    return history, [old - v.numpy() for old, v in zip(before, network.trainable_variables, strict=True)]


TRAINED = [
    # options of `parallel`, prediction latency, targets per
    ({}, 0, "clip"),
    ({"num_subnetworks": 4}, 0, "clip"),
    ({"num_subnetworks": 4}, 0, "frame"),
    ({"num_subnetworks": 4}, 2, "frame"),
    ({"num_subnetworks": 3}, 5, "frame"),
    ({"num_subnetworks": 3, "clocks": CLOCKS}, 1, "frame"),
    ({"num_subnetworks": 5, "skips": "aligned"}, 3, "clip"),
]


@pytest.mark.parametrize(("kwargs", "latency", "per"), TRAINED)
def test_training_follows_the_exact_gradient_of_the_reported_loss(kwargs, latency, per):
    network = dense_network(normalize=True).parallel(prediction_latency=latency, **kwargs)
    start, clip = [v.numpy() for v in network.variables], video(11, batch=4)
    targets = np.random.default_rng(2).normal(size=(4, 11, 2) if per == "frame" else (4, 2))
    case, layers = case_of(network), layers_of(network)

    with tf.GradientTape() as tape:
        first, outputs = naive(case, layers, clip, training=True)
        losses = []
        for tick in range(max(first, latency), 11):
            target = targets[:, tick - latency] if per == "frame" else targets
            losses.append(tf.reduce_mean((outputs[:, tick - first] - target) ** 2))
        loss = tf.reduce_mean(losses)
    wanted = tape.gradient(loss, network.trainable_variables)
    averages = [v.numpy() for v in network.non_trainable_variables if "moving" in v.path]
    for variable, value in zip(network.variables, start, strict=True):
        variable.assign(value)

    with eagerly("clocks" not in kwargs):
        history, found = step_of(network, clip, targets)
    assert history["loss"][0] == pytest.approx(float(loss), rel=1e-6)
    for a, b in zip(found, wanted, strict=True):
        # Keras computes losses in float32, whatever the network's type.
        np.testing.assert_allclose(a, b, atol=1e-5 * max(1, np.abs(b).max()))
    for a, b in zip([v for v in network.non_trainable_variables if "moving" in v.path], averages, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    assert max(np.abs(g).max() for g in wanted) > 1e-2


def test_a_target_one_frame_off_gives_another_gradient():
    """So the comparison above can fail."""
    steps = []
    for latency in (1, 2):
        network = dense_network().parallel(3, prediction_latency=latency)
        targets = np.random.default_rng(2).normal(size=(4, 11, 2))
        steps.append(step_of(network, video(11, batch=4), targets)[1])
    assert max(np.abs(a - b).max() for a, b in zip(*steps, strict=True)) > 1e-2


def test_metrics_see_the_mean_over_valid_ticks():
    network, clip = dense_network("float32").parallel(4), video(9, batch=4, dtype="float32")
    targets = np.random.default_rng(2).normal(size=(4, 2)).astype("float32")
    outputs = network.run(clip).numpy()[:, network.schedule.valid_from :]
    network.compile(loss="mse", metrics=["mae"])
    loss, error = network.evaluate(clip, targets, verbose=0)
    assert loss == pytest.approx(((outputs - targets[:, None]) ** 2).mean(), rel=1e-5)
    assert error == pytest.approx(np.abs(outputs.mean(1) - targets).mean(), rel=1e-5)
    np.testing.assert_allclose(network.predict(clip, batch_size=2, verbose=0), network.run(clip), atol=1e-6)


def separable(num_clips=12, num_frames=8):
    labels = np.arange(num_clips) % 2
    clips = video(num_frames, num_clips, dtype="float32") * 0.3 + np.where(labels, 1, -1)[:, None, None]
    return clips.astype("float32"), labels


@pytest.mark.parametrize("kind", ["clocked", "feedback"])
def test_fit_learns_a_separable_problem(kind):
    network = {
        "clocked": lambda: dense_network("float32", normalize=True).parallel(3, clocks={"d": 2}),
        "feedback": feedback_network,
    }[kind]()
    clips, labels = separable()
    network.compile(
        optimizer=keras.optimizers.Adam(0.03),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    # The last batch is smaller than the others.
    history = network.fit(clips, labels, epochs=12, batch_size=5, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["accuracy"][-1] == 1.0
    assert network.evaluate(clips, labels, verbose=0)[1] == 1.0


def test_targets_that_can_be_mistaken(one_line_error):
    network, clip = dense_network("float32"), video(2, dtype="float32")
    targets = np.zeros((2, 2), "float32")  # two frames, two classes
    network.compile(loss="mse")
    one_line_error(lambda: network.fit(clip, targets, verbose=0), "targets_per", "'frame'")
    for per in ("clip", "frame"):
        network.compile(loss="mse" if per == "clip" else "sparse_categorical_crossentropy", targets_per=per)
        network.fit(clip, targets, verbose=0)


def test_clips_can_be_weighted():
    """A clip of weight 0 has no influence on what is learnt."""
    clips, targets = video(8, batch=2, dtype="float32"), np.ones((2, 2), "float32")
    results = []
    for change in (0, 1):
        network = dense_network("float32").parallel(3)
        network.compile(optimizer=keras.optimizers.SGD(1.0), loss="mse")
        clips[0] += change
        network.fit(clips, targets, sample_weight=np.array([0.0, 1.0]), verbose=0)
        results.append([v.numpy() for v in network.trainable_variables])
    start = dense_network("float32").trainable_variables
    for a, b, c in zip(*results, start, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
        assert np.abs(a - c).max() > 1e-5


@pytest.mark.parametrize("metrics", [["accuracy", "mae"], ["cosine_similarity"], None])
def test_a_training_step_is_traced_once(metrics, monkeypatch):
    """Tracing takes most of the time of a short run; a step that makes variables is traced again."""
    network, traces = dense_network("float32").parallel(2), []
    step = network.train_step
    monkeypatch.setattr(network, "train_step", lambda data: traces.append(data) or step(data))
    network.compile("adam", "mse", metrics=metrics)
    history = network.fit(video(8, dtype="float32"), np.zeros((2, 2)), epochs=2, verbose=0).history
    assert len(traces) == 1 and set(history) == {"loss", *(metrics or [])}


def test_frozen_normalisation_stays_frozen_in_what_was_traced_before():
    network, clip = dense_network("float32", normalize=True), video(6, batch=2, dtype="float32")
    network.compile(loss="mse", optimizer="sgd")
    network.fit(clip, np.zeros((2, 2)), verbose=0)
    norm = network.unit_layers[0].norm
    norm.trainable = False
    network.compile(loss="mse", optimizer="sgd")
    before = norm.moving_mean.numpy()
    network.fit(clip, np.zeros((2, 2)), verbose=0)
    np.testing.assert_array_equal(norm.moving_mean, before)


def test_keras_own_normalisation_trains_alike_in_both_engines_or_is_refused():
    network = mpvn.VideoNetwork([mpvn.Unit("norm", keras.layers.BatchNormalization())], (WIDTH,))
    clip = video(6, batch=4, dtype="float32")
    ticked = network.run(clip, engine="ticked", training=True)
    try:
        folded = network.run(clip, engine="folded", training=True)
    except InputError:
        return
    np.testing.assert_allclose(folded, ticked, atol=1e-5)


# --- what is fed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "bad", "normalize"),
    [("sgd", np.inf, False), ("sgd", np.nan, True), ("adamw", np.nan, False), ("adamw", np.nan, True)],
)
def test_a_frame_that_is_not_finite_stops_training_before_the_weights_change(optimizer, bad, normalize):
    network = dense_network("float32", normalize=normalize).parallel(3)
    # Weight decay needs no gradient, so it could come before the check.
    decaying = keras.optimizers.AdamW(0.1, weight_decay=0.5)
    network.compile(optimizer=decaying if optimizer == "adamw" else optimizer, loss="mse")
    clip, targets = video(8, dtype="float32"), np.zeros((2, 2))
    network.fit(clip, targets, verbose=0)
    clip[1, 6, 0] = bad
    before = [v.numpy() for v in network.variables]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"not finite") as caught:
        network.fit(clip, targets, verbose=0, shuffle=False)
    assert "[[1 6]]" in str(caught.value), "the message does not say where"
    for variable, value in zip(network.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)


def ways(network):
    """Every way to hand a video to a network."""
    network.compile(loss="mse")
    return {
        "run": network.run,
        "call": network,
        "fit": lambda clip: network.fit(clip, np.zeros((len(clip), 2)), verbose=0),
        "predict": lambda clip: network.predict(clip, verbose=0),
        "dataset": lambda clip: network.fit(pairs(clip), verbose=0, shuffle=False),
        "generator": lambda clip: network.fit(
            (pair for pair in [(clip, np.zeros((len(clip), 2)))]), verbose=0, shuffle=False
        ),
        "batch": lambda clip: network.train_on_batch(clip, np.zeros((len(clip), 2))),
    }


def pairs(clip):
    return tf.data.Dataset.from_tensors((clip, np.zeros((len(clip), 2))))


@pytest.mark.parametrize("way", ["run", "call", "fit", "predict", "dataset", "generator", "batch"])
@pytest.mark.parametrize(
    ("clip", "words"),
    [
        (np.zeros((2, 8, 3), "uint8"), ["uint8", "255"]),
        (np.zeros((2, 8, 3), "int32"), ["int32", "255"]),
        (np.zeros((2, 8, 4), "float32"), ["8, 4]", "[batch, time, 3]"]),
        (np.zeros((2, 3), "float32"), ["3]", "[batch, time, 3]"]),
        (np.zeros((2, 4, 3), "float32"), ["4 frames", "5"]),
    ],
    ids=["uint8", "int32", "size", "rank", "short"],
)
def test_a_wrong_video_is_refused_in_one_line(one_line_error, net, way, clip, words):
    one_line_error(lambda: ways(net.parallel(5))[way](clip), *words)


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5), ("mixed_bfloat16", 0.06), ("mixed_float16", 0.01)]
)
def test_types(dtype, tolerance):
    network = dense_network(dtype, normalize=True).parallel(3, clocks=CLOCKS)
    exact = dense_network("float64", normalize=True).parallel(3, clocks=CLOCKS)
    clip, first = video(12), network.schedule.valid_from
    for engine in ("folded", "ticked"):
        outputs = network.run(clip, engine=engine)
        assert outputs.dtype == ("float64" if dtype == "float64" else "float32")
        found, wanted = outputs[:, first:].numpy(), exact.run(clip)[:, first:].numpy()
        assert np.abs(found - wanted).max() < tolerance
        assert np.abs(found[:, :-1] - wanted[:, 1:]).max() > 5 * tolerance
    stream = mpvn.Stream(network, batch_size=2)
    streamed = np.stack([stream.step(clip[:, t]) for t in range(12)], 1)[:, first:]
    assert np.abs(streamed - exact.run(clip)[:, first:]).max() < tolerance
    network.compile(loss="mse", optimizer="sgd")
    history = network.fit(clip, np.zeros((2, 2)), verbose=0).history
    assert np.isfinite(history["loss"][0])
    assert all(v.dtype == outputs.dtype.name for v in network.trainable_variables)


def test_only_training_needs_targets(one_line_error):
    """A prediction latency asks for more frames where there are targets, not where there are none."""
    network, clip = dense_network("float32").parallel(2, prediction_latency=7), video(5, dtype="float32")
    network.compile(loss="mse")
    assert network.predict(clip, verbose=0).shape == network(clip).shape == (2, 5, 2)
    one_line_error(lambda: network.fit(clip, np.zeros((2, 2)), verbose=0), "5 frames", "8")
    one_line_error(lambda: network.evaluate(clip, np.zeros((2, 2)), verbose=0), "5 frames", "8")


def test_a_video_inside_a_function_and_eagerly(net):
    clip, fast = video(9, dtype="float32"), net.parallel(4, clocks=CLOCKS)
    first = fast.schedule.valid_from
    for engine in ("folded", "ticked"):
        inside = tf.function(lambda clip, engine=engine: fast.run(clip, engine=engine))
        assert_same(inside(clip)[:, first:], fast.run(clip)[:, first:], rtol=1e-5)


def test_frames_of_any_rank():
    for shape in ((), (4,), (2, 3), (2, 2, 2, 3)):
        layer = keras.layers.Rescaling(2.0, offset=1.0)
        network = mpvn.VideoNetwork([mpvn.Unit("a", layer), mpvn.Unit("b", keras.layers.Rescaling(3.0), ["a"])], shape)
        clip = np.random.default_rng(0).normal(size=(2, 5, *shape)).astype("float32")
        for engine in ("folded", "ticked"):
            assert_same(network.parallel(2).run(clip, engine)[:, 1:], 6 * clip[:, :-1] + 3, rtol=1e-6)


def test_randomize_reaches_every_weight(net):
    """What the comparisons of this package rest on: no bias is zero, no statistic is trivial."""
    assert all(np.abs(v.numpy()).min() > 0 for v in randomize(dense_network(normalize=True)).variables)

"""What `compile` and `fit` take means the same for `VideoNetwork` and for `SidewaysModel` with exact gradients."""

import keras
import numpy as np
import pytest

import mpvn
from sideways_tf import SidewaysModel

RNG = np.random.default_rng(0)
VIDEO = RNG.normal(size=(5, 4, 6)).astype("float32")
REALS = RNG.normal(size=(5, 4, 3)).astype("float32")
CLASSES = RNG.integers(0, 3, (5, 4))
OF_FRAMES = RNG.uniform(0, 2, (5, 4)).astype("float32")
OF_CLIPS = OF_FRAMES[:, 0]


class Penalty(keras.layers.Layer):
    def call(self, x):
        self.add_loss(0.1 * keras.ops.sum(keras.ops.square(x)))
        return x


def network(first=None, last=3, penalty=False):
    keras.utils.set_random_seed(0)
    units = [mpvn.Unit("a", keras.layers.Dense(5, **(first or {})), inputs=["frame"])]
    if penalty:
        units.append(mpvn.Unit("penalty", Penalty(), inputs=["a"]))
    units.append(mpvn.Unit("b", keras.layers.Dense(last), inputs=[units[-1].name]))
    return mpvn.VideoNetwork(units, input_shape=(6,)).parallel(2)


def trained(wrap, make, optimizer, loss, targets, epochs, fit, compiled):
    net = make()
    model = wrap(net)
    model.compile(optimizer(), loss, **compiled)
    history = model.fit(VIDEO, targets, batch_size=2, epochs=epochs, shuffle=False, verbose=0, **fit).history
    return history, [np.array(weight) for weight in net.weights]


def assert_alike(
    make=network, optimizer=lambda: keras.optimizers.SGD(0.1), loss="mse", targets=REALS, epochs=2, fit=None, **compiled
):
    """Both ways of training give the same history and end at the same weights, which are not those of the start."""
    wraps = (lambda net: net, lambda net: SidewaysModel(net, gradients="exact"))
    (wanted, ends), (found, weights) = (
        trained(wrap, make, optimizer, loss, targets, epochs, fit or {}, compiled) for wrap in wraps
    )
    for mine, theirs in zip(weights, ends, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    assert any(np.abs(np.array(a) - b).max() > 1e-3 for a, b in zip(make().weights, ends, strict=True))
    for name, values in wanted.items():
        if name != "learning_rate":  # which callbacks report by subnetwork
            np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("reduction", ["sum", "sum_over_batch_size", "mean", "mean_with_sample_weight"])
@pytest.mark.parametrize("weights", [None, OF_CLIPS, OF_FRAMES], ids=["plain", "clips", "frames"])
def test_reductions_and_weights(reduction, weights):
    loss = keras.losses.MeanSquaredError(reduction=reduction)
    assert_alike(loss=loss, fit={"sample_weight": weights}, optimizer=lambda: keras.optimizers.SGD(0.01), epochs=1)


@pytest.mark.parametrize(
    "loss",
    [["mse"], {"output": "mae"}, "huber", keras.losses.mean_squared_error, lambda y, x: (y - x) ** 2],
    ids=["list", "dictionary", "name", "function", "own function"],
)
def test_forms_of_a_loss(loss):
    assert_alike(loss=loss, epochs=1)


def test_loss_weights_and_metrics_of_one_output():
    assert_alike(loss=["mse"], loss_weights=[0.5], metrics={"output": "mae"}, epochs=1)


@pytest.mark.parametrize("targets", [CLASSES, np.eye(3, dtype="float32")[CLASSES]], ids=["indices", "one-hot"])
def test_a_loss_that_keras_chooses_by_shapes(targets):
    assert_alike(loss="crossentropy", targets=targets, targets_per="frame", epochs=1)


@pytest.mark.parametrize("per", ["clip", "frame"])
def test_metrics_with_weights_of_frames(per):
    assert_alike(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        targets=CLASSES if per == "frame" else CLASSES[:, 0],
        targets_per=per,
        metrics=["accuracy"],
        weighted_metrics=["accuracy"],
        fit={"sample_weight": OF_FRAMES},
        epochs=1,
    )


@pytest.mark.parametrize("given", ["binary_crossentropy", keras.losses.BinaryCrossentropy(from_logits=False)])
def test_one_output_per_frame(given):
    targets = (REALS[..., 0] > 0).astype("float32")

    def make():
        net = network(last=1)
        net.wiring["b"].layer.activation = keras.activations.sigmoid
        return net

    assert_alike(make, loss=given, targets=targets, fit={"sample_weight": OF_FRAMES})


@pytest.mark.parametrize(
    "first",
    [
        {"kernel_regularizer": keras.regularizers.L1L2(0.1, 0.1)},
        {"activity_regularizer": keras.regularizers.L2(0.1)},
        {"kernel_constraint": keras.constraints.MaxNorm(0.5)},
    ],
    ids=["kernel", "activity", "constraint"],
)
def test_regularizers(first):
    assert_alike(lambda: network(first), fit={"validation_data": (VIDEO, REALS)})


def test_losses_of_own_layers():
    """Summed over the batch, so that folding time into the batch would change it."""
    assert_alike(lambda: network(penalty=True), fit={"validation_data": (VIDEO, REALS)})


OPTIMIZERS = {
    "clipnorm": lambda: keras.optimizers.SGD(0.1, clipnorm=0.1),
    "global_clipnorm": lambda: keras.optimizers.SGD(0.1, global_clipnorm=0.1),
    "accumulation": lambda: keras.optimizers.SGD(0.1, gradient_accumulation_steps=2),
    "accumulation, clipped": lambda: keras.optimizers.Adam(
        keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5), global_clipnorm=0.1, gradient_accumulation_steps=2
    ),
    "averages": lambda: keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5),
    "scaled losses": lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1, global_clipnorm=0.1)),
    "schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)),
    "decay": lambda: keras.optimizers.AdamW(0.01, weight_decay=0.1),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    assert_alike(optimizer=OPTIMIZERS[name])


def test_callbacks(tmp_path):
    number = iter(range(2))

    def callbacks():
        folder = tmp_path / str(next(number))
        return [
            keras.callbacks.ModelCheckpoint(folder / "best.weights.h5", save_weights_only=True, save_best_only=True),
            keras.callbacks.BackupAndRestore(folder / "backup"),
            keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=10.0),
            keras.callbacks.EarlyStopping(patience=1, restore_best_weights=True),
            keras.callbacks.TensorBoard(folder / "board", histogram_freq=1),
            keras.callbacks.TerminateOnNaN(),
        ]

    histories = []
    for wrap in (lambda net: net, lambda net: SidewaysModel(net, gradients="exact")):
        fit = {"validation_data": (VIDEO[::-1], REALS), "callbacks": callbacks()}
        histories.append(
            trained(wrap, network, lambda: keras.optimizers.SGD(1.5), "mse", REALS, 6, fit, {"metrics": ["mae"]})
        )
    (wanted, ends), (found, weights) = histories
    assert len(wanted["loss"]) == len(found["loss"])
    np.testing.assert_allclose(found["val_loss"], wanted["val_loss"], rtol=1e-3)
    for mine, theirs in zip(weights, ends, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-4)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"loss": ["mse", "mae"]}, "2 outputs"),
        ({"loss": keras.losses.MeanSquaredError(reduction=None)}, "reduction=None"),
        ({"loss": None}, "without a loss"),
        ({"loss": lambda y, x: keras.ops.mean((y - x) ** 2)}, "returns a scalar"),
        ({"optimizer": None}, "optimizer=None"),
    ],
)
def test_what_cannot_be_is_refused(settings, line, one_line_error):
    def train():
        model = SidewaysModel(network())
        model.compile(**({"optimizer": "sgd", "loss": "mse"} | settings))
        model.fit(VIDEO, REALS, verbose=0)

    one_line_error(train, line)


def test_averages_with_clipped_accumulation_are_refused(one_line_error):
    optimizer = keras.optimizers.SGD(0.1, use_ema=True, global_clipnorm=1.0, gradient_accumulation_steps=2)
    one_line_error(lambda: SidewaysModel(network()).compile(optimizer, "mse"), "use_ema")

"""Training a network from gin settings, in a run folder that can be resumed."""

import sys
import time
from collections.abc import Callable

import gin
import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.pictures import prediction_strip
from mpvn.run_folder import RunFolder


@gin.configurable
def train(
    model_dir: str,
    data: Callable = gin.REQUIRED,
    network: Callable = gin.REQUIRED,
    model: Callable | None = None,
    steps: int = 1000,
    batch_size: int = 8,
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    decay: str | None = None,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    report_every: int = 50,
    validation_clips: int = 64,
    seed: int = 0,
):
    """Trains, reports and keeps checkpoints; on a folder that holds a run, goes on where that was.

    Args:
        model_dir: the run folder.
        data: function that gives a `VideoData`.
        network: function of (num_classes, input_shape) that gives a VideoNetwork.
        model: function of the network that gives the Keras model to train; by default the network itself.
        steps: optimizer steps in all.
        batch_size: clips per step.
        optimizer: name of a Keras optimizer.
        learning_rate: of the optimizer.
        decay: `"cosine"` lets the learning rate fall to 0 over the steps; None keeps it.
        weight_decay: of the optimizer.
        clip_norm: largest norm of a variable's gradient; None does not clip.
        report_every: steps between two reports; each writes metrics, pictures and a checkpoint.
        validation_clips: clips per report; 0 for none.
        seed: of weights, data order and dropout.

    Returns:
        The trained VideoNetwork.
    """
    if steps < 1 or report_every < 1:
        raise InputError(f"steps={steps}, report_every={report_every}: expected whole numbers from 1 on")
    report_every = min(report_every, steps)
    if steps % report_every:
        raise InputError(f"steps={steps} is no multiple of report_every={report_every}: change one of them")
    keras.utils.set_random_seed(seed)
    folder = RunFolder(model_dir)
    data = data()
    net = network(num_classes=len(data.class_names), input_shape=data.frame_shape)
    if net.schedule.reach >= data.num_frames:
        raise InputError(
            f"clips of {data.num_frames} frames are too short: this network needs {net.schedule.reach + 1}; give "
            f"longer clips or fewer subnetworks"
        )
    trained = net if model is None else model(net)
    trained.compile(
        optimizer=_optimizer(
            optimizer, learning_rate, decay, steps, weight_decay=weight_decay or None, clipnorm=clip_norm
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        targets_per="clip",
    )
    trained.optimizer.build(trained.trainable_variables)
    step = folder.track(net, trained.optimizer)
    folder.write_settings(gin.operative_config_str(), net.schedule)
    folder.forget_after(step)
    if step:
        print(f"resuming {model_dir} at step {step}")
    batches = data.batches("train", batch_size, training=True, seed=seed, skip=step * batch_size)
    validation = _validation(data, batch_size, validation_clips)
    report = _Report(folder, net, data, validation, step, report_every)
    if step < steps:
        trained.fit(
            batches,
            initial_epoch=step // report_every,
            epochs=steps // report_every,
            steps_per_epoch=report_every,
            validation_data=validation,
            callbacks=[report],
            verbose=1 if sys.stdout.isatty() else 2,
            shuffle=False,
        )
    net.save_weights(folder.path / "network.weights.h5")
    return net


def _optimizer(name: str, learning_rate: float, decay: str | None, steps: int, **config):
    if decay not in (None, "cosine"):
        raise InputError(f"decay={decay!r} is unknown: expected 'cosine' or None")
    try:
        optimizer = keras.optimizers.get({"class_name": name, "config": {"learning_rate": learning_rate, **config}})
    except (ValueError, TypeError) as error:
        raise InputError(f"optimizer={name!r} cannot be used: {str(error).splitlines()[0]}") from None
    if decay:
        optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    return optimizer


def _validation(data, batch_size: int, num_clips: int):
    split = next((name for name in ("validation", "test") if data.num_clips.get(name)), None)
    if split is None or num_clips < 1:
        return None
    return data.batches(split, batch_size).take(-(-num_clips // batch_size)).cache()


class _Report(keras.callbacks.Callback):
    """After every `report_every` steps: metrics, pictures, a checkpoint."""

    def __init__(self, folder: RunFolder, network, data, validation, step: int, report_every: int):
        super().__init__()
        self.folder, self.network, self.data, self.validation = folder, network, data, validation
        self.step, self.report_every = step, report_every
        self.writer = tf.summary.create_file_writer(folder.events)

    def on_train_begin(self, logs=None):
        with self.writer.as_default(step=self.step):
            tf.summary.text("settings", _as_code(gin.operative_config_str()))
            tf.summary.text("schedule_table", _as_code(self.network.schedule.table()))
            picture = self.folder.path / "schedule.png"
            if picture.exists():
                tf.summary.image("schedule", tf.io.decode_png(picture.read_bytes(), channels=3)[tf.newaxis])

    def on_epoch_begin(self, epoch, logs=None):
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.step += self.report_every
        logs = {name: float(value) for name, value in (logs or {}).items()}
        if not np.isfinite(logs.get("loss", 0.0)):
            raise InputError(
                f"the loss is {logs['loss']} after step {self.step}: lower the learning rate; the last good "
                f"checkpoint is kept"
            )
        logs["steps_per_second"] = self.report_every / (time.perf_counter() - self.begin)
        with self.writer.as_default(step=self.step):
            for name, value in logs.items():
                tf.summary.scalar(name, value)
            self._pictures()
        self.writer.flush()
        self.folder.append_metrics({"step": self.step, **logs})
        self.folder.save(self.step)

    def _pictures(self):
        if self.validation is None:
            return
        video, label = next(iter(self.validation))
        video, label = video[:4], label[:4]
        outputs = self.network.run(video)[:, self.network.schedule.valid_from :]
        predicted = tf.argmax(tf.reduce_mean(outputs, axis=1), axis=-1).numpy()
        names = self.data.class_names
        strips = [
            prediction_strip(clip, names[truth], names[guess])
            for clip, truth, guess in zip(video.numpy(), label.numpy(), predicted, strict=True)
        ]
        tf.summary.image("predictions", np.stack(strips), max_outputs=len(strips))


def _as_code(text: str) -> str:
    """TensorBoard shows text as Markdown; four spaces keep it as it is."""
    return "\n".join("    " + line for line in text.splitlines())

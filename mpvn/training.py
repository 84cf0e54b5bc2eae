"""Training a network from gin settings, in a run folder that can be resumed."""

import sys
import threading
import time
from collections.abc import Callable, Sequence

import gin
import keras
import numpy as np
import tensorflow as tf

from mpvn import balance as balance_lib
from mpvn.checkpoints import Checkpoints
from mpvn.costs import unit_costs
from mpvn.decay import CosineDecay
from mpvn.errors import InputError
from mpvn.memory import peak_memory
from mpvn.optimizer import make_optimizer
from mpvn.placement import available, devices_of_subnetworks, resolved
from mpvn.run_folder import RunFolder
from mpvn.tasks import Action
from mpvn.termination import Terminated, asked_to_end


@gin.configurable
def train(
    model_dir: str,
    data: Callable = gin.REQUIRED,
    network: Callable = gin.REQUIRED,
    task: Callable | None = None,
    model: Callable | None = None,
    teacher: Callable | None = None,
    teacher_steps: int | None = None,
    diagnostics: Callable | None = None,
    steps: int = 1000,
    batch_size: int = 8,
    optimizer: str | Callable = "adam",
    learning_rate: float = 1e-3,
    decay: str | None = None,
    weight_decay: float = 0.0,
    clip_norm: float | None = None,
    report_every: int = 50,
    validation_clips: int = 64,
    seed: int = 0,
    deterministic: bool = False,
    devices: Sequence[str] | str | None = None,
    replicas: int = 1,
    balance: bool = False,
    changes: str = "",
):
    """Trains, reports and keeps checkpoints; on a folder that holds a run, goes on where that was.

    SIGTERM ends it after the step that is under way, with a checkpoint.

    Args:
        model_dir: the run folder.
        data: function that gives a `VideoData`.
        network: function of what the task says (input_shape, num_classes, heatmap_size) that gives a VideoNetwork.
        task: function that gives what to train for, see `mpvn.tasks`; by default action recognition.
        model: function of the network that gives the Keras model to train; by default the network itself.
        teacher: function as `network`. The network that it gives is trained first, by itself and with the same
            settings, in the folder `teacher` of the run's; `model` then gets it as `teacher`.
        teacher_steps: optimizer steps of the teacher; by default `steps`.
        diagnostics: function of (model, video, targets) that gives scalars by name, called at every report with the
            same clips.
        steps: optimizer steps in all.
        batch_size: clips per step.
        optimizer: name of a Keras optimizer, or a function of its settings (learning_rate, weight_decay, clipnorm).
        learning_rate: of the optimizer.
        decay: `"cosine"` lets the learning rate fall to 0 over the steps; None keeps it.
        weight_decay: of the optimizer.
        clip_norm: largest norm of a variable's gradient; None does not clip.
        report_every: steps between two reports; each writes metrics, pictures and a checkpoint.
        validation_clips: clips per report; 0 for none.
        seed: of weights, data order and dropout.
        deterministic: whether operations give the same bits at every run, which is slower; a run that is broken off
            and goes on then has the same losses as one that is not.
        devices: on which the subnetworks are, see `VideoNetwork.place`; by default TensorFlow chooses.
        replicas: how many copies of the pipeline share the clips of a step, on equal runs of the devices; more than one
            needs `model`, such as `@SidewaysModel`.
        balance: whether the network is cut anew, into one subnetwork for each device, by what its units cost there. The
            costs are measured once, and kept in the run folder.
        changes: gin settings in which this run differs from the current ones; they are written down with these.

    Returns:
        The trained VideoNetwork.

    Raises:
        InputError: a setting is wrong, or the folder cannot be used.
        Terminated: after SIGTERM.
    """
    if steps < 1 or report_every < 1:
        raise InputError(f"steps={steps}, report_every={report_every}: expected whole numbers from 1 on")
    report_every = min(report_every, steps)
    if decay not in (None, "cosine"):
        raise InputError(f"decay={decay!r} is unknown: expected 'cosine' or None")
    if steps % report_every:
        raise InputError(f"steps={steps} is no multiple of report_every={report_every}: change one of them")
    taught = {}
    if teacher is not None:
        if model is None:
            raise InputError("train.teacher is set, but nothing learns from it: set train.model, such as @distillation")
        taught["teacher"] = _train_teacher(model_dir, teacher, teacher_steps or steps)
    keras.utils.set_random_seed(seed)
    if deterministic:
        tf.config.experimental.enable_op_determinism()
    folder = RunFolder(model_dir)
    data, task = data(), Action() if task is None else task()
    net = network(**task.network_arguments(data))
    groups = _groups(devices, replicas, model, batch_size)
    if balance:
        names = _balanced_cut(net, groups, batch_size // replicas, folder)
        keras.utils.set_random_seed(seed)
        net = network(**task.network_arguments(data), num_subnetworks=None, cut=None, boundaries=names)
    needed = net.schedule.reach + 1 + task.ahead
    if needed > data.num_frames:
        raise InputError(
            f"clips of {data.num_frames} frames are too short: this network and task need {needed}; give longer clips "
            f"or fewer subnetworks"
        )
    if groups:
        net = net.place(groups[0])
        print(net.placement())
        taught |= {"replicas": groups[1:]} if replicas > 1 else {}
    trained = net if model is None else model(net, **taught)
    trained.compile(
        optimizer=make_optimizer(optimizer, learning_rate, weight_decay=weight_decay or None, clipnorm=clip_norm),
        loss=task.loss(),
        metrics=task.metrics(),
        targets_per=task.targets_per,
    )
    if not trained.optimizer.built:
        trained.optimizer.build(trained.trainable_variables)
    checkpoints = Checkpoints(folder.checkpoints, net, trained.optimizer)
    step = checkpoints.restore()
    folder.write_settings(gin.operative_config_str() + changes, net.schedule)
    folder.forget_after(step)
    if step:
        print(f"resuming {model_dir} at step {step}")
    validation = _validation(data, task, batch_size, validation_clips)
    report = _Report(folder, checkpoints, net, data, task, validation, diagnostics, step)
    callbacks = [CosineDecay(learning_rate, steps, step)] if decay else []

    def fit(begin: int, end: int) -> None:
        """Steps from one number to another, with reports at equal distances of which the last is at the end."""
        epochs, per_epoch = -(-(end - begin) // report_every), min(report_every, end - begin)
        batches = data.batches(
            "train", batch_size, training=True, seed=seed, skip=begin * batch_size, annotation=task.annotation
        )
        trained.fit(
            batches.map(task.examples),
            initial_epoch=end // report_every - epochs,
            epochs=end // report_every,
            steps_per_epoch=per_epoch,
            validation_data=validation,
            callbacks=[*callbacks, report],
            verbose=1 if sys.stdout.isatty() else 2,
            shuffle=False,
        )

    with asked_to_end() as report.asked_to_end:
        next_report = min(-(-step // report_every) * report_every, steps)
        for begin, end in ((step, next_report), (next_report, steps)):
            if begin < end:
                fit(begin, end)
    if step < steps or not folder.final_weights.exists():
        net.save_weights(folder.final_weights)
    return net


def _groups(devices, replicas: int, model, batch_size: int) -> list:
    """The devices of every replica; none where TensorFlow chooses."""
    if replicas == 1:
        return [] if devices is None else [devices]
    devices = available() if devices in (None, "auto") else devices
    if replicas < 1 or len(devices) % replicas or batch_size % replicas:
        raise InputError(
            f"train.replicas={replicas}: expected a number that divides the {len(devices)} devices and "
            f"train.batch_size={batch_size}"
        )
    if model is None:
        raise InputError(
            f"train.replicas={replicas}, but the network trains itself: set train.model to @SidewaysModel, with "
            f"SidewaysModel.gradients='exact' for backpropagation"
        )
    each = len(devices) // replicas
    return [devices[i : i + each] for i in range(0, len(devices), each)]


def _balanced_cut(network, groups, batch_size: int, folder: RunFolder) -> list[str]:
    """The units that begin a subnetwork when devices are balanced, in a table beside the cut that there was."""
    if not groups:
        raise InputError(
            "train.balance=True, but there are no devices to balance: set train.devices, or give --cluster"
        )
    devices = resolved(groups[0])
    costs = balance_lib.measured(network, devices, batch_size, training=True, cache=folder.path / "costs.json")
    schedule, names = network.schedule, balance_lib.boundaries(network.schedule, costs)
    before = devices_of_subnetworks(schedule, devices, unit_costs(network, "flops"))
    after = network.parallel(boundaries=names, clocks={unit.name: unit.period for unit in schedule.units}).schedule
    print(balance_lib.table((schedule, before), (after, devices[: after.num_subnetworks]), costs))
    return names


def _train_teacher(model_dir: str, teacher: Callable, steps: int):
    """The trained teacher. Its folder tells how it was made, as that of any run."""
    name = gin.query_parameter("train.teacher")
    changes = f"\ntrain.network = {name}\ntrain.model = None\ntrain.teacher = None\ntrain.steps = {steps}\n"
    folder = f"{model_dir}/teacher"
    print(f"the teacher, in {folder}")
    return train(folder, network=teacher, model=None, teacher=None, diagnostics=None, steps=steps, changes=changes)


def _validation(data, task, batch_size: int, num_clips: int):
    split = next((name for name in ("validation", "test") if data.num_clips.get(name)), None)
    if split is None or num_clips < 1:
        return None
    batches = data.batches(split, batch_size, annotation=task.annotation).take(-(-num_clips // batch_size))
    return batches.map(task.examples).cache()


class _Report(keras.callbacks.Callback):
    """Metrics, pictures and a checkpoint at the end of every epoch, and what breaks training off.

    Metrics are means over the steps of a report, taken here and not by Keras, so that they can go on after a break.
    """

    def __init__(self, folder: RunFolder, checkpoints, network, data, task, validation, diagnostics, step: int):
        super().__init__()
        self.folder, self.checkpoints = folder, checkpoints
        self.network, self.data, self.task = network, data, task
        self.validation, self.diagnostics = validation, diagnostics
        self.step = step
        self.so_far = checkpoints.so_far  # how many steps, and the sum of every metric over them
        self.asked_to_end = threading.Event()
        self.writer = tf.summary.create_file_writer(folder.events)

    def on_train_begin(self, logs=None):
        with self.writer.as_default(step=self.step):
            tf.summary.text("settings", _as_code(gin.operative_config_str()))
            tf.summary.text("schedule_table", _as_code(self.network.schedule.table()))
            picture = self.folder.path / "schedule.png"
            if picture.exists():
                tf.summary.image("schedule", tf.io.decode_png(picture.read_bytes(), channels=3)[tf.newaxis])

    def on_epoch_begin(self, epoch, logs=None):
        self.begin, self.begun_at = time.perf_counter(), self.step

    def on_train_batch_end(self, batch, logs=None):
        self.step += 1
        if not np.isfinite(loss := float(logs["loss"])):
            self.folder.append_metrics({"step": self.step, "loss": loss})
            raise InputError(
                f"the loss is {loss} at step {self.step}: lower the learning rate; the last good checkpoint is kept"
            )
        values = np.array([1.0, *(float(logs[name]) for name in sorted(logs))])
        self.so_far = values + self.so_far if len(self.so_far) else values
        self.model.reset_metrics()
        if self.asked_to_end.is_set() and batch + 1 < self.params["steps"]:  # else the report comes first
            self.checkpoints.save(self.step, self.so_far)
            self._end()

    def on_epoch_end(self, epoch, logs=None):
        count, *sums = self.so_far
        names = sorted(name for name in logs if not name.startswith("val_"))
        logs |= {name: total / count for name, total in zip(names, sums, strict=True)}  # Keras shows them, too
        logs = {name: float(value) for name, value in logs.items()}
        logs["steps_per_second"] = (self.step - self.begun_at) / (time.perf_counter() - self.begin)
        logs["peak_memory_mb"] = peak_memory() / 2**20
        if self.diagnostics is not None and self.validation is not None:
            logs |= self.diagnostics(self.model, *next(iter(self.validation)))
        with self.writer.as_default(step=self.step):
            for name, value in logs.items():
                tf.summary.scalar(name, value)
            self._pictures()
        self.writer.flush()
        self.folder.append_metrics({"step": self.step, **logs})
        self.checkpoints.save(self.step)
        self.so_far = self.checkpoints.so_far
        if self.asked_to_end.is_set():
            self._end()

    def _end(self):
        raise Terminated(f"asked to end at step {self.step}, which is kept: the same command goes on from there")

    def _pictures(self):
        if self.validation is None:
            return
        video, targets = (values[:4].numpy() for values in next(iter(self.validation)))
        outputs = self.network.run(video)[:, self.network.schedule.valid_from :].numpy()
        strips = [self.task.picture(self.data, *clip) for clip in zip(video, targets, outputs, strict=True)]
        tf.summary.image("predictions", np.stack(strips), max_outputs=len(strips))


def _as_code(text: str) -> str:
    """TensorBoard shows text as Markdown; four spaces keep it as it is."""
    return "\n".join("    " + line for line in text.splitlines())

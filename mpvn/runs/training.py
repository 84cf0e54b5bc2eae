"""Training a network from gin settings, in a run folder that can be resumed."""

import sys
from collections.abc import Callable, Sequence

import gin
import keras
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.runs.checkpoints import Checkpoints
from mpvn.runs.decay import CosineDecay
from mpvn.runs.devices import balanced_cut, groups_of
from mpvn.runs.folder import RunFolder
from mpvn.runs.optimizers import make_optimizer
from mpvn.runs.report import Report
from mpvn.runs.termination import asked_to_end
from mpvn.tasks import Action


@gin.configurable(module="mpvn.training")
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

    SIGTERM ends it after the step that is under way, or after the report that is due then, with a checkpoint.

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
    groups = groups_of(devices, replicas, model, batch_size)
    if balance:
        cut = balanced_cut(net, groups, batch_size // replicas, folder)
        keras.utils.set_random_seed(seed)
        before, net = net, network(**task.network_arguments(data), **cut)
        if [(u.name, u.inputs) for u in net.wiring.units] != [(u.name, u.inputs) for u in before.wiring.units]:
            raise InputError(
                "train.balance=True with skip connections between subnetworks, which another cut would move: set "
                "network.boundaries by hand, or leave network.skip out"
            )
        changes += _as_settings(_gin_name("train.network"), cut)
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
    if step < steps:  # what is there are the weights of a shorter run
        folder.final_weights.unlink(missing_ok=True)
    if step:
        print(f"resuming {model_dir} at step {step}")
    validation = _validation(data, task, batch_size, validation_clips)
    report = Report(folder, checkpoints, net, data, task, validation, diagnostics, step)
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
    if not folder.final_weights.exists():
        folder.save_weights(net)
    return net


def _train_teacher(model_dir: str, teacher: Callable, steps: int):
    """The trained teacher. Its folder tells how it was made, as that of any run."""
    own = dict(model=None, teacher=None, steps=steps, balance=False, replicas=1)
    changes = f"\ntrain.network = @{_gin_name('train.teacher')}" + _as_settings("train", own)
    folder = f"{model_dir}/teacher"
    print(f"the teacher, in {folder}")
    return train(folder, network=teacher, diagnostics=None, changes=changes, **own)


def _gin_name(parameter: str) -> str | None:
    """The name, with its scope, of the function that a parameter is set to; None where gin does not set it."""
    try:
        return str(gin.query_parameter(parameter)).removeprefix("@")
    except ValueError:
        return None


def _as_settings(name: str | None, values: dict) -> str:
    """Lines of gin that set parameters of a function."""
    return "".join(f"\n{name}.{key} = {value!r}" for key, value in values.items()) + "\n" if name else ""


def _validation(data, task, batch_size: int, num_clips: int):
    split = next((name for name in ("validation", "test") if data.num_clips.get(name)), None)
    if split is None or num_clips < 1:
        return None
    batches = data.batches(split, batch_size, annotation=task.annotation).take(-(-num_clips // batch_size))
    return batches.map(task.examples).cache()

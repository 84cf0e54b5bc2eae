"""Training a network from gin settings, in a run folder that can be resumed."""

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

import gin
import keras
import tensorflow as tf

from mpvn.checked import checked, fitted
from mpvn.data.video_data import VideoData
from mpvn.devices.costs import unit_costs
from mpvn.errors import InputError
from mpvn.model.network import VideoNetwork
from mpvn.ranges import Count, CountOrZero, Keywords, LocalPath, PathOrAddress, Within
from mpvn.runs import older_names
from mpvn.runs.beginning import begin_with
from mpvn.runs.checkpoints import Checkpoints
from mpvn.runs.events import forget_after
from mpvn.runs.fed import fed
from mpvn.runs.folder import RunFolder
from mpvn.runs.gin_text import as_settings, differences, gin_name, settings_text, teacher_name
from mpvn.runs.kept import keep_modules, of_run
from mpvn.runs.lists import Lists
from mpvn.runs.loading import load
from mpvn.runs.mirror import brought, here
from mpvn.runs.optimizers import OptimizerName, OptimizerSettings
from mpvn.runs.placement import Placement, balanced_cut, check_same_wiring
from mpvn.runs.progress import Progress
from mpvn.runs.recalibration import Recalibration
from mpvn.runs.teacher import Teacher
from mpvn.runs.termination import asked_to_end
from mpvn.runs.types import (
    DataFunction,
    Diagnostics,
    ModelFunction,
    NetworkFunction,
    OptimizerFunction,
    TaskFunction,
)
from mpvn.schedule import dead_work
from mpvn.tasks import Action
from mpvn.tasks.task import Task, check_masks


# Each parameter is a name that gin files set; related parameters are in groups.
@gin.configurable(module="mpvn.training")
@checked
def train(
    model_dir: PathOrAddress,
    data: DataFunction = gin.REQUIRED,
    network: NetworkFunction = gin.REQUIRED,
    task: TaskFunction | None = None,
    model: ModelFunction | None = None,
    optimizer: OptimizerSettings | type[OptimizerSettings] | OptimizerName | OptimizerFunction = OptimizerSettings,
    teacher: Teacher | type[Teacher] | NetworkFunction | None = None,
    placement: Placement | type[Placement] = Placement,
    diagnostics: Diagnostics | None = None,
    initial_weights: LocalPath | None = None,
    steps: Count = 1000,
    batch_size: Count = 8,
    report_every: Count = 50,
    validation_clips: CountOrZero = 64,
    recalibration_clips: CountOrZero = 0,
    seed: Annotated[int, Within(0, 2**32 - 1)] = 0,
    deterministic: bool = False,
    jit_compile: bool = False,
    **older: Annotated[Any, Keywords(older_names.OlderTrain)],
) -> VideoNetwork:
    """Trains, reports and keeps checkpoints; resumes a run if the folder holds one.

    SIGTERM ends training after the current step, or after the report that is due then, with a checkpoint.

    Args:
        model_dir: the run folder, or an address that `tf.io.gfile` supports, see `mpvn.runs.mirror`.
        data: function that returns a `VideoData`.
        network: function of the task's parameters (input_shape, num_classes, heatmap_size) that returns a VideoNetwork.
        task: function that returns the task, see `mpvn.tasks`; by default action recognition.
        model: function of the network that returns the Keras model to train; by default the network itself.
        optimizer: see `OptimizerSettings`; by default the gin group `optimizer`.
        teacher: see `Teacher`; by default there is none.
        placement: see `Placement`; by default the gin group `placement`.
        diagnostics: function of (model, video, targets) that returns scalars by name, called at every report with the
            same clips.
        initial_weights: a `.keras` file, a `.weights.h5` file or a run folder; at the beginning of the run, weights
            that match by name and shape are taken from it; see `mpvn.runs.initial_weights`.
        steps: total number of optimizer steps.
        batch_size: clips per step.
        report_every: steps between two reports; each writes metrics, pictures and a checkpoint.
        validation_clips: clips per report, drawn from all classes; 0 for none. Without a validation split they are
            those of the test split, and what is measured on them is called `test_...`, not `val_...`.
        recalibration_clips: training clips from which the moving averages of batch normalisation are recomputed
            after the last step, see `mpvn.recalibrate`; 0 keeps those of training.
        seed: seed of weights, data order and dropout.
        deterministic: whether operations give the same bits in every run, which is slower; an interrupted and resumed
            run then has the same losses as an uninterrupted one.
        jit_compile: whether XLA compiles steps, with the same results up to rounding: faster on one GPU, mostly slower
            on CPUs, and not for networks on several devices.
        **older: settings of the groups by the names in `older_names.TRAIN`; they override those of the groups.

    Returns:
        The trained VideoNetwork.

    Raises:
        InputError: a setting is wrong or unknown, or the folder cannot be used.
        Terminated: after SIGTERM.
    """
    optimizer_settings, optimizer_renamed = older_names.group_of(
        "optimizer", OptimizerSettings, optimizer, "kind", older
    )
    placement_settings, placement_renamed = older_names.group_of("placement", Placement, placement, None, older)
    teacher_settings: Teacher | None = None
    teacher_renamed: list[str] = []
    if teacher is not None:
        teacher_settings, teacher_renamed = older_names.group_of("teacher", Teacher, teacher, "network", older)
    older_names.say([*optimizer_renamed, *placement_renamed, *teacher_renamed])
    folder = here(model_dir)
    with brought(folder):
        return _train(
            _Run(
                model_dir=folder,
                data=data,
                network=network,
                task=task or Action,
                model=model,
                optimizer=optimizer_settings,
                teacher=teacher_settings,
                placement=placement_settings,
                diagnostics=diagnostics,
                initial_weights=initial_weights,
                steps=steps,
                batch_size=batch_size,
                report_every=report_every,
                validation_clips=validation_clips,
                recalibration_clips=recalibration_clips,
                seed=seed,
                deterministic=deterministic,
                jit_compile=jit_compile,
            )
        )


@dataclass(frozen=True)
class _Run:
    """The arguments of `train`.

    Attributes:
        changes: gin settings in which this run differs from the current ones; they are recorded with these.
        of_teacher: whether it trains the teacher of another run.
    """

    model_dir: str
    data: Callable[[], VideoData]
    network: Callable[..., VideoNetwork]
    task: Callable[[], Task]
    model: Callable[..., keras.Model] | None
    optimizer: OptimizerSettings
    teacher: Teacher | None
    placement: Placement
    diagnostics: Callable | None
    initial_weights: str | None
    steps: int
    batch_size: int
    report_every: int
    validation_clips: int
    recalibration_clips: int
    seed: int
    deterministic: bool
    jit_compile: bool
    changes: str = ""
    of_teacher: bool = False

    def __post_init__(self) -> None:
        if self.steps % self.between_reports:
            raise InputError(
                f"train.steps={self.steps} is not a multiple of train.report_every={self.report_every}: change one"
            )
        if self.teacher is not None and self.model is None:
            raise InputError("train.teacher is set, but not used: set train.model, such as @distillation")
        if self.teacher is not None and self.teacher.network is None and self.teacher.trained is None:
            raise InputError(
                "the teacher has no network: set teacher.network, such as @teacher/network, or teacher.trained, "
                "a run folder"
            )

    @property
    def between_reports(self) -> int:
        return min(self.report_every, self.steps)


def _train(run: _Run) -> VideoNetwork:
    taught: dict[str, Any] = {}
    if run.teacher is not None:
        _check_student(run)
        taught["teacher"] = _trained_teacher(run, run.teacher)
    keras.utils.set_random_seed(run.seed)
    if run.deterministic:
        tf.config.experimental.enable_op_determinism()
    folder = RunFolder(run.model_dir)
    folder.make()
    lists = Lists(run.model_dir)
    with of_run(run.model_dir) as copies:
        data, task, net, groups, changes = _parts(run, folder, lists)
    print(
        f"clips: {', '.join(f'{count} {split}' for split, count in data.num_clips.items())}"
        + (f"; {len(data.class_names)} classes" if task.has_classes else "")
    )
    _warn_of_dead_work(net)
    if groups:
        if run.jit_compile and sum(map(len, groups)) > 1:
            raise InputError(
                "train.jit_compile=True compiles for one device, but placement gives several: leave out one of them"
            )
        net = net.place(groups[0])
        print(net.placement())
        taught |= {"replicas": groups[1:]} if len(groups) > 1 else {}
    keep_beginning = begin_with(net, folder, run.initial_weights, from_file=bool(copies))
    trained = _compiled(net if run.model is None else run.model(net, **taught), run, task)
    checkpoints = Checkpoints(folder.checkpoints, net, trained.optimizer)
    step = checkpoints.restore()
    if step:
        lists.check_classes(data, task)
        lists.check_goes_on(data)
    settings = older_names.renamed(settings_text()) + run.changes + changes
    if step:
        print(f"resuming {run.model_dir} at step {step}")
        changed = differences(folder.read_settings(), settings).items()
        if changed:
            words = (f"{name} = {now}, was {then}" for name, (then, now) in changed)
            print(f"settings that change now: {'; '.join(words)}")
    if step >= run.steps and not run.of_teacher:
        _check_finished_with(folder, settings, step)
    if data.check is not None:
        data.check(folder.path)

    def begun() -> None:
        copies.keep()
        keep_beginning()
        lists.write(data, resumed=bool(step))
        folder.write_settings(settings, net.schedule)
        keep_modules(run.model_dir)
        folder.forget_after(step)
        for events in folder.all_events:
            forget_after(events, step)
        folder.final_weights.unlink(missing_ok=True)  # those of a shorter run

    validation = _validation(data, task, net, run.batch_size, run.validation_clips)
    progress = Progress(folder, checkpoints, net, data, task, validation, run.diagnostics, step, begun)
    _fit(run, trained, progress)
    if not folder.final_weights.exists():
        folder.save_weights(net)
    return net


def _parts(run: _Run, folder: RunFolder, lists: Lists) -> tuple[VideoData, Task, VideoNetwork, list[list[str]], str]:
    """Data, task, and what `_network` gives; they fit each other."""
    with lists.remembered():
        data = fitted("what train.data gives", run.data(), VideoData)
        task = fitted("what train.task gives", run.task(), Task)
    net, groups, changes = _network(run, folder, data, task)
    _check_clips(net, data, task)
    return data, task, net, groups, changes


def _check_student(run: _Run) -> None:
    """Raises InputError, before the teacher is trained, for errors in the student's settings."""
    with of_run(run.model_dir):
        alone = replace(run, placement=replace(run.placement, balance=False))
        _parts(alone, RunFolder(run.model_dir), Lists(run.model_dir))


def _check_finished_with(folder: RunFolder, settings: str, step: int) -> None:
    """Raises InputError if a run that is finished was made with other settings."""
    for name, (then, now) in differences(folder.read_settings(), settings).items():
        raise InputError(
            f"{str(folder.path)!r} is finished, at step {step}, and was made with {name} = {then}, not {now}: give a "
            f"larger train.steps to continue, or another --model_dir"
        )


def _trained_teacher(run: _Run, teacher: Teacher) -> VideoNetwork:
    """The trained teacher. If it is trained here, its folder records how it was made, like that of any run."""
    if teacher.trained is not None:
        return load(teacher.trained)
    own: dict[str, Any] = {
        "model": None,
        "teacher": None,
        "diagnostics": None,
        "initial_weights": None,
        "steps": teacher.steps or run.steps,
    }
    alone: dict[str, Any] = {"balance": False, "replicas": 1}
    changes = f"\ntrain.network = @{teacher_name()}" if teacher_name() else ""
    changes += as_settings("train", own) + as_settings("placement", alone)
    folder = f"{run.model_dir}/teacher"
    print(f"the teacher, in {folder}")
    own |= {"network": teacher.network, "placement": replace(run.placement, **alone)}
    return _train(replace(run, model_dir=folder, changes=changes, of_teacher=True, **own))


def _network(run: _Run, folder: RunFolder, data: VideoData, task: Task) -> tuple[VideoNetwork, list[list[str]], str]:
    """The network, the devices of every replica, and the gin settings of a cut that was made here."""
    make = functools.partial(run.network, **task.network_arguments(data))
    net = make()
    groups = run.placement.groups(run.model, run.batch_size)
    if not run.placement.balance:
        return net, groups, ""
    cut = balanced_cut(net, groups, run.batch_size // run.placement.replicas, folder)
    keras.utils.set_random_seed(run.seed)
    before, net = net, make(**cut)
    check_same_wiring(before, net)
    return net, groups, as_settings(gin_name("train.network"), cut)


def _check_clips(net: VideoNetwork, data: VideoData, task: Task) -> None:
    check_masks(data.masked, task)
    needed = net.schedule.reach + 1 + task.ahead
    if needed > data.num_frames:
        raise InputError(
            f"clips of {data.num_frames} frames are too short: this network and task need {needed}; give longer clips "
            f"or fewer subnetworks"
        )


def _warn_of_dead_work(net: VideoNetwork) -> None:
    if dead_work.dead_share(net.schedule):  # else there is no need to count operations, which takes a moment
        warning = dead_work.warning(net.schedule, unit_costs(net, "flops"))
        if warning:
            print(warning)


def _compiled(model: keras.Model, run: _Run, task: Task) -> keras.Model:
    model.compile(
        optimizer=run.optimizer.make(),
        loss=task.loss(),
        metrics=task.metrics(),
        targets_per=task.targets_per,
        jit_compile=run.jit_compile,
    )
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    return model


def _fit(run: _Run, model: keras.Model, progress: Progress) -> None:
    """Trains from the current step to the last one."""
    step, every = progress.step, run.between_reports
    next_report = min(-(-step // every) * every, run.steps)
    callbacks = [*run.optimizer.callbacks(run.steps, step), progress]
    if run.recalibration_clips:
        callbacks.append(Recalibration(progress, run.steps, run.recalibration_clips, run.batch_size))
    with asked_to_end() as progress.asked_to_end:
        for begin, end in ((step, next_report), (next_report, run.steps)):
            if begin < end:
                _fit_steps(run, model, progress, callbacks, begin, end)


def _fit_steps(
    run: _Run, model: keras.Model, progress: Progress, callbacks: list[keras.callbacks.Callback], begin: int, end: int
) -> None:
    """Trains from one step to another, with reports at equal distances, the last one at the end."""
    every = run.between_reports
    epochs, per_epoch = -(-(end - begin) // every), min(every, end - begin)
    skip, annotation = begin * run.batch_size, progress.task.annotation
    batches = progress.data.batches(
        "train", run.batch_size, training=True, seed=run.seed, skip=skip, annotation=annotation
    )
    batches = progress.task.training_batches(progress.data, batches, run.seed, first=begin)
    model.fit(
        batches.map(fed(progress.task, progress.network)),
        initial_epoch=end // every - epochs,
        epochs=end // every,
        steps_per_epoch=per_epoch,
        validation_data=progress.held_out,
        callbacks=callbacks,
        verbose=1 if sys.stdout.isatty() else 2,
        shuffle=False,
    )


def _validation(
    data: VideoData, task: Task, network: VideoNetwork, batch_size: int, num_clips: int
) -> tuple[str, tf.data.Dataset] | None:
    """The validation clips of reports, and their split: the same clips in every run, drawn from all classes."""
    split = next((name for name in ("validation", "test") if data.num_clips.get(name)), None)
    if split is None or num_clips < 1:
        return None
    whole = -(-num_clips // batch_size) * batch_size  # so that every batch has one shape
    batches = data.some_batches(split, whole, batch_size, annotation=task.annotation)
    batches = batches.map(fed(task, network)).cache()
    if batches.cardinality() == tf.data.UNKNOWN_CARDINALITY:  # Keras warns about data of unknown length
        batches = batches.apply(tf.data.experimental.assert_cardinality(sum(1 for _ in batches)))
    return split, batches

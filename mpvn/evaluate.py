"""Evaluates a run on its test clips, and the sequential network with the same weights on the same ticks.

python -m mpvn.evaluate --model_dir=runs/densenet

A run that began with the weights of a file is also compared with its state before training.

Besides the JSON file of the results, classification tasks write a table of all classes and a confusion matrix. If the
data have several clips per video, a video's class is that of the mean of their class probabilities.

The same weights in another schedule:
python -m mpvn.evaluate --model_dir=runs/densenet --gin_param=network.num_subnetworks=14 --output=other.json

A bundle that mpvn.export made from the run, on the same clips:
python -m mpvn.evaluate --model_dir=runs/densenet --bundle=bundle --engine=openvino

The mean over evaluated runs, such as those of three splits:
python -m mpvn.evaluate --mean_of=runs/split1,runs/split2,runs/split3
"""

from pathlib import Path
from typing import TYPE_CHECKING

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command

if TYPE_CHECKING:
    from mpvn.model.network import VideoNetwork
    from mpvn.runs.evaluation import RunsClips
    from mpvn.runs.restore import Run


def define(values: FlagValues) -> None:
    flags.DEFINE_string("model_dir", None, "The run folder of mpvn.train.", flag_values=values)
    flags.DEFINE_string("split", "test", "The split of the data to evaluate.", flag_values=values)
    flags.DEFINE_string(
        "output",
        None,
        "JSON file for the results; by default evaluation_<split>.json in the run folder, or for a mean "
        "evaluation_<split>_mean.json in the parent folder of the runs.",
        flag_values=values,
    )
    flags.DEFINE_integer("batch_size", 8, "Clips per batch.", lower_bound=1, flag_values=values)
    ticks = "First tick whose outputs count; by default the first one at which all networks are valid."
    flags.DEFINE_integer("first_tick", None, ticks, lower_bound=0, flag_values=values)
    latency = "Compare outputs with the target of their own tick, even with a trained prediction latency."
    flags.DEFINE_bool("streaming", False, latency, flag_values=values)
    flags.DEFINE_string("bundle", None, "A bundle of the run, which is also evaluated.", flag_values=values)
    engine = "The runtime of the bundle: litert, onnxruntime, openvino or tensorflow; by default one that is installed."
    flags.DEFINE_string("engine", None, engine, flag_values=values)
    recalibrated = "Also evaluate with batch normalisation recalibrated on this many training clips in each schedule."
    flags.DEFINE_integer("recalibrate", 0, recalibrated, lower_bound=0, flag_values=values)
    mean = "Run folders, separated by commas: writes their evaluations and the mean."
    flags.DEFINE_list("mean_of", [], mean, flag_values=values)


def main(values: FlagValues) -> None:
    from mpvn.errors import InputError

    if values.mean_of:
        _mean_of(values)
    elif values.model_dir:
        _evaluate(values)
    else:
        raise InputError("--model_dir is missing: give the run folder of mpvn.train, or --mean_of")


def _mean_of(values: FlagValues) -> None:
    """Writes the mean over runs as JSON, as a table and for TensorBoard."""
    import os

    import tensorflow as tf

    from mpvn.errors import InputError
    from mpvn.results import mean_of_runs, tables
    from mpvn.runs.outputs import check_results

    for name in values:
        if values[name].present and name not in ("mean_of", "split", "output"):
            raise InputError(f"--mean_of reads existing evaluations: leave out --{name}")
    mean = mean_of_runs.read(values.mean_of, values.split)
    parent = os.path.commonpath([os.path.abspath(folder) for folder in values.mean_of])
    path = Path(values.output or f"{parent}/evaluation_{values.split}_mean.json")
    check_results(path, [mean_of_runs.evaluation_file(folder, values.split) for folder in values.mean_of])
    path.write_text(mean.as_json())
    title = f"{len(values.mean_of)} runs, {values.split} split"
    tables.report(path.parent, path.stem, title, mean.rows(), pictures=[path])
    with tf.summary.create_file_writer(str(path.with_name(f"{path.stem}_events"))).as_default(step=mean.step):
        for measure, value in mean.networks.get("as trained", {}).get("mean", {}).items():
            tf.summary.scalar(f"evaluation/{values.split} {measure}, mean of {len(values.mean_of)} runs", value)


def _evaluate(values: FlagValues) -> None:
    from mpvn.results.mean_of_runs import evaluation_file
    from mpvn.runs.evaluation import RunsClips, evaluate
    from mpvn.runs.evaluation_report import EvaluationReport
    from mpvn.runs.folder import RunFolder
    from mpvn.runs.lists import Lists
    from mpvn.runs.mirror import bring, here
    from mpvn.runs.outputs import check_results
    from mpvn.runs.restore import restore, restore_beginning

    model_dir = here(values.model_dir)
    folder = RunFolder(model_dir)
    output = Path(values.output or evaluation_file(model_dir, values.split))
    if values.output:
        check_results(output, [*values.gin_file, *folder.json_files])
    run = restore(model_dir, values.gin_file, values.gin_param)
    exported = _exported(values, run)
    if run.data.check is not None:
        run.data.check(model_dir)
    Lists(model_dir).check_untrained(run.data, values.split)
    sequential = run.network.parallel(1)
    # A network that is already sequential needs no separate compilation.
    alike = sequential.schedule == run.network.schedule
    networks: dict[str, RunsClips] = {"as trained": run.network, "sequential": run.network if alike else sequential}
    networks |= exported | _recalibrated(values, run, sequential)
    before = restore_beginning(model_dir, run)
    if before is not None:
        networks["sequential, before training"] = before.parallel(1)
    batches = run.data.batches(values.split, values.batch_size, annotation=run.task.annotation)
    results = evaluate(run.task, networks, batches, run.data.groups, values.first_tick, values.streaming)
    report = EvaluationReport(results, run, values.split)
    print("\n".join(report.lines()))
    written = report.write(output, folder.events(values.split))
    bring(model_dir)
    print(f"written to {', '.join(map(str, written))}")


def _recalibrated(values: FlagValues, run: "Run", sequential: "VideoNetwork") -> "dict[str, RunsClips]":
    """The networks with recalibrated moving averages, if requested."""
    from mpvn.model.recalibration import recalibrate
    from mpvn.runs.evaluation import RunsClips
    from mpvn.runs.recalibration import training_batches

    found: dict[str, RunsClips] = {}
    for name, network in {"as trained": run.network, "sequential": sequential}.items() if values.recalibrate else ():
        copy = network.copied()  # the two share layers, and so averages
        recalibrate(copy, training_batches(run.data, run.task, copy, values.recalibrate, values.batch_size))
        found[f"{name}, recalibrated"] = copy
    return found


def _exported(values: FlagValues, run: "Run") -> "dict[str, RunsClips]":
    """The bundle to evaluate, if there is one."""
    from mpvn.errors import InputError
    from mpvn.runs.bundled_clips import BundledClips

    if values.bundle is None:
        if values.engine is not None:
            raise InputError("--engine needs --bundle, which is missing: give it, or leave --engine out")
        return {}
    clips = BundledClips(values.bundle, values.engine, run.network)
    return {f"as exported, in {clips.title}": clips}


COMMAND = Command(main, __doc__, define, addresses=("model_dir",))

if __name__ == "__main__":
    COMMAND.run()

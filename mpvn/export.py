"""Exports a network for LiteRT, ONNX Runtime, OpenVINO and TensorFlow Serving: a folder of models with a manifest.

python -m mpvn.export --model_dir=runs/densenet --output=bundle
python -m mpvn.export --model_dir=my_model.keras --preprocessing=tf --output=bundle --formats=litert --precision=int8 \
    --calibration=videos
"""

import functools
from typing import TYPE_CHECKING

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command
from mpvn.errors import InputError

if TYPE_CHECKING:
    from mpvn.bundles.manifest import Manifest
    from mpvn.exporting.of_run import Described


def define(values: FlagValues) -> None:
    text = functools.partial(flags.DEFINE_string, default=None, flag_values=values)
    text(
        "model_dir",
        help="A run folder, or a .keras file: a VideoNetwork, or a Keras model, which is converted; if unset, the "
        "network of --gin_file is exported with new weights.",
    )
    text("output", help="The folder of the new bundle.")
    text("preprocessing", help="Preprocessing of a Keras model: tf, caffe, torch or none; see mpvn.from_keras.")
    flags.DEFINE_list(
        "formats", ["saved_model", "litert", "onnx", "openvino"], "Formats, separated by commas.", flag_values=values
    )
    flags.DEFINE_enum(
        "precision",
        "float32",
        ["float32", "float16", "bfloat16", "int8"],
        "Precision of weights and arithmetic; formats without it stay float32, as the manifest says.",
        flag_values=values,
    )
    whole = functools.partial(flags.DEFINE_integer, lower_bound=1, flag_values=values)
    whole("frames_per_call", None, "1 or a multiple of the hyper-period; by default both 1 and the hyper-period.")
    whole("batch_size", 1, "Number of parallel streams.")
    whole("workers", 1, "Threads that run subnetworks in parallel; with more than one, frames are given one by one.")
    text(
        "calibration",
        help="For int8, a video or a folder of videos that determine the ranges of 8-bit numbers; by default a run's "
        "own training clips.",
    )
    whole("calibration_frames", 256, "Number of calibration frames, the same number from each video.")
    text("check", help="A video on which to compare the models with the network; by default seeded noise.")
    flags.DEFINE_float(
        "max_error",
        None,
        "Largest error in units of the spread of the outputs; by default 1e-4 in float32, otherwise no limit.",
        lower_bound=0,
        flag_values=values,
    )


def main(values: FlagValues) -> None:
    import os

    from mpvn.exporting.beginning import check_arguments
    from mpvn.exporting.clips import frames_of_videos
    from mpvn.exporting.exporting import export

    if values.model_dir is None and not values.gin_file:
        raise InputError("--model_dir is missing: give a run folder, a .keras file, or a --gin_file for new weights")
    of_run = values.model_dir is not None and os.path.isdir(values.model_dir) and values.preprocessing is None
    check_arguments(values.output, values.formats, values.precision, values.calibration or of_run or None)
    if values.precision != "int8" and values.calibration:
        raise InputError(f"--calibration is for --precision=int8, not {values.precision}: leave it out")
    described = _described(values, of_run)
    calibration = frames_of_videos(values.calibration, described.network, values.calibration_frames)
    manifest = export(
        described.network,
        values.output,
        values.formats,
        values.frames_per_call,
        values.precision,
        batch_size=values.batch_size,
        workers=values.workers,
        calibration=described.calibration if calibration is None else calibration,
        check=frames_of_videos(values.check, described.network, None),
        max_error=values.max_error,
        labels=described.labels,
        settings=described.settings,
    )
    print(_table(manifest))
    print(f"bundle: {values.output}")


def _described(values: FlagValues, of_run: bool) -> "Described":
    """The network to export, and its description."""
    from mpvn.exporting import of_run as runs
    from mpvn.runs.loading import load

    if of_run:
        wanted = values.calibration_frames if values.precision == "int8" and not values.calibration else 0
        return runs.of_run(values.model_dir, values.gin_file, values.gin_param, wanted)
    if values.model_dir is None:
        return runs.of_settings(values.gin_file, values.gin_param)
    return runs.Described(load(values.model_dir, preprocessing=values.preprocessing))


def _table(manifest: "Manifest") -> str:
    """The formats with their precision and error."""
    from mpvn.text import aligned

    rows = [
        (name, entry.precision, "not checked" if entry.error is None else f"{entry.error:.1e}")
        for name, entry in manifest.formats.items()
    ]
    return "\n".join(aligned([("format", "precision", "largest error / spread"), *rows]))


COMMAND = Command(main, __doc__, define, required=("output",), addresses=("model_dir",))

if __name__ == "__main__":
    COMMAND.run()

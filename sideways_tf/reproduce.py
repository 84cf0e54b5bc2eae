"""Makes the tables and figures of the Sideways paper, with the paper's numbers beside ours.

python -m sideways_tf.reproduce --result=table3 --scale=small --output_dir=results/table3
"""

from absl import flags

from mpvn import cli

RESULTS = ("table1", "table2", "table3", "fig4", "fig5", "compensation")
# Those that are made of training runs, whose settings are gin's.
WITH_RUNS = ("table1", "fig4", "fig5")
SCALES = ("smoke", "small", "paper")
flags.DEFINE_enum("result", None, RESULTS, f"What to make: {', '.join(RESULTS)}.")
flags.DEFINE_enum("scale", "small", SCALES, "smoke (minutes), small (two cores, within hours) or paper (needs GPUs).")
flags.DEFINE_string("output_dir", None, "Where tables, pictures and runs go; what is finished there is not run again.")


def main():
    import importlib
    from pathlib import Path

    from mpvn.errors import InputError

    values = flags.FLAGS
    if values.gin_file:
        raise InputError("--gin_file is not for reproductions, which bring their own: use --gin_param")
    if values.gin_param and values.result not in WITH_RUNS:
        raise InputError(
            f"--gin_param is not for {values.result}, which has nothing to set: expected one of {', '.join(WITH_RUNS)}"
        )
    folder = Path(values.output_dir).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    importlib.import_module(f"sideways_tf.reproductions.{values.result}").run(values.scale, folder, values.gin_param)


if __name__ == "__main__":
    cli.run(main, __doc__, required=("result", "output_dir"))

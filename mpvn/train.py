"""Trains a depth-parallel video network on a data set, configured by gin files.

python -m mpvn.train --gin_file=gin_configs/mpvn/par_densenet_walkers.gin --model_dir=runs/densenet
"""

from collections.abc import Sequence

from absl import flags
from absl.flags import FlagValues

from mpvn.cli import Command


def define(values: FlagValues) -> None:
    flags.DEFINE_string(
        "model_dir",
        None,
        "The run folder: settings, metrics, checkpoints and TensorBoard events.",
        flag_values=values,
    )
    flags.DEFINE_list(
        "cluster",
        None,
        "Workers, host:port each, for the subnetworks; by default those of TF_CONFIG.",
        flag_values=values,
    )


def main(values: FlagValues, modules: Sequence[str] = ()) -> None:
    """Trains; gin files can set names of `modules` without importing them."""
    from mpvn.devices import cluster
    from mpvn.runs.placement import Placement
    from mpvn.runs.settings import TRAIN, parse_gin
    from mpvn.runs.training import train

    parse_gin(values.gin_file, values.gin_param, root=TRAIN, modules=modules)
    workers = cluster.addresses(values.cluster)
    placed = {"placement": Placement(devices=cluster.connect(workers))} if workers else {}
    train(model_dir=values.model_dir, **placed)
    print(f"the run is in {values.model_dir}: tensorboard --logdir={values.model_dir}")


COMMAND = Command(main, __doc__, define, required=("model_dir",), addresses=("model_dir",))

if __name__ == "__main__":
    COMMAND.run()

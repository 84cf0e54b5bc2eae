"""Trains a depth-parallel video network on a data set, as gin files say.

python -m mpvn.train --gin_file=gin_configs/mpvn/par_densenet_walkers.gin --model_dir=runs/densenet
"""

from absl import flags

from mpvn import cli

flags.DEFINE_string("model_dir", None, "The run folder: settings, metrics, checkpoints and TensorBoard events.")
flags.DEFINE_list("cluster", None, "Workers, host:port each, on whose devices the subnetworks are; or TF_CONFIG's.")


def main():
    cli.parse_gin(flags.FLAGS.gin_file, flags.FLAGS.gin_param)
    from mpvn.devices import cluster
    from mpvn.runs.placement import Placement
    from mpvn.runs.training import train

    workers = cluster.addresses(flags.FLAGS.cluster)
    placed = {"placement": Placement(devices=cluster.connect(workers))} if workers else {}
    train(model_dir=flags.FLAGS.model_dir, **placed)
    print(f"the run is in {flags.FLAGS.model_dir}: tensorboard --logdir={flags.FLAGS.model_dir}")


if __name__ == "__main__":
    cli.run(main, __doc__, required=("model_dir",))

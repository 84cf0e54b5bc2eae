"""Trains a network with Sideways pseudo-gradients, as gin files say; evaluate the run with mpvn.evaluate.

python -m sideways_tf.train --gin_file=gin_configs/sideways/simple_cnn_walkers.gin --model_dir=runs/sideways
"""

from absl import flags

from mpvn import cli

flags.DEFINE_string("model_dir", None, "The run folder: settings, metrics, checkpoints and TensorBoard events.")


def main():
    import sideways_tf.configurables  # noqa: F401 - so that --gin_param may name them without a file that imports them

    cli.parse_gin(flags.FLAGS.gin_file, flags.FLAGS.gin_param)
    from mpvn.training import train

    train(model_dir=flags.FLAGS.model_dir)
    print(f"the run is in {flags.FLAGS.model_dir}: tensorboard --logdir={flags.FLAGS.model_dir}")


if __name__ == "__main__":
    cli.run(main, __doc__, required=("model_dir",))

"""Trains a network with Sideways pseudo-gradients, as gin files say; evaluate the run with mpvn.evaluate.

python -m sideways_tf.train --gin_file=gin_configs/sideways/simple_cnn_walkers.gin --model_dir=runs/sideways
"""

from mpvn import cli, train


def main():
    import gin

    # So that --gin_param may name them without a file that imports them, and who reads the run's settings can as well.
    gin.parse_config("import sideways_tf.configurables")
    train.main()


if __name__ == "__main__":
    cli.run(main, __doc__, required=("model_dir",))

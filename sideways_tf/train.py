"""Trains a network with Sideways pseudo-gradients from gin files; evaluate the run with mpvn.evaluate.

python -m sideways_tf.train --gin_file=gin_configs/sideways/simple_cnn_walkers.gin --model_dir=runs/sideways
"""

from absl.flags import FlagValues

from mpvn import train
from mpvn.cli import Command


def main(values: FlagValues) -> None:
    train.main(values, modules=["sideways_tf.configurables"])


COMMAND = Command(main, __doc__, train.define, required=("model_dir",), addresses=("model_dir",))

if __name__ == "__main__":
    COMMAND.run()

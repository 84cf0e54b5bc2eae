"""Makes the tables and figures of Sideways, with the paper's numbers beside ours, and those of Skip-Sideways.

python -m sideways_tf.reproduce --result=table3 --scale=small --output_dir=results/table3
"""

from mpvn.reproductions.support import binary
from sideways_tf import reproductions

COMMAND = binary.command(reproductions, __doc__)

if __name__ == "__main__":
    COMMAND.run()

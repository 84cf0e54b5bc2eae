"""Makes the tables and figures of the MPVN paper, with the paper's numbers beside ours.

python -m mpvn.reproduce --result=table1 --scale=small --output_dir=results/table1
"""

from mpvn import reproductions
from mpvn.reproductions.support import binary

COMMAND = binary.command(reproductions, __doc__)

if __name__ == "__main__":
    COMMAND.run()

"""Makes the tables and figures of the MPVN paper, with the paper's numbers beside ours.

python -m mpvn.reproduce --result=table1 --scale=small --output_dir=results/table1
"""

from mpvn.reproductions import binary

WITH_RUNS = ("table1", "fig5", "fig6", "fig7", "fig8")
RESULTS = ("table1", "table2", "fig5", "fig6", "fig7", "fig8")

COMMAND = binary.command("mpvn.reproductions", RESULTS, WITH_RUNS, __doc__)

if __name__ == "__main__":
    COMMAND.run()

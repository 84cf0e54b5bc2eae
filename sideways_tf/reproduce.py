"""Makes the tables and figures of Sideways, with the paper's numbers beside ours, and those of Skip-Sideways.

python -m sideways_tf.reproduce --result=table3 --scale=small --output_dir=results/table3
"""

from mpvn.reproductions import binary

WITH_RUNS = ("table1", "fig4", "fig5", "skip_action", "skip_map", "skip_future")
RESULTS = ("table1", "table2", "table3", "fig4", "fig5", "compensation", "skip_action", "skip_map", "skip_future")

COMMAND = binary.command("sideways_tf.reproductions", RESULTS, WITH_RUNS, __doc__)

if __name__ == "__main__":
    COMMAND.run()

"""Makes the tables and figures of the Sideways paper, with the paper's numbers beside ours.

python -m sideways_tf.reproduce --result=table3 --scale=small --output_dir=results/table3
"""

from mpvn.reproductions import binary

WITH_RUNS = ("table1", "fig4", "fig5")
RESULTS = ("table1", "table2", "table3", "fig4", "fig5", "compensation")

if __name__ == "__main__":
    binary.run("sideways_tf.reproductions", RESULTS, WITH_RUNS, __doc__)

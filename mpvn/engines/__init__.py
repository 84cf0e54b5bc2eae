"""Two ways to run a scheduled network over a clip; they give the same result.

`folded` folds time into the batch axis: each unit runs once for all its executions. `ticked` loops over ticks, with
registers as loop variables: the papers' machine.
"""

"""The base class of gradient rules."""

from dataclasses import replace
from typing import Any

import tensorflow as tf

from mpvn.engines.registers import Adjoint, Crossing
from mpvn.schedule import gamma_masks
from mpvn.schedule.delays import Read
from mpvn.schedule.index_maps import read_map, return_map
from mpvn.schedule.schedule import Schedule


class GradientRule(Adjoint):
    """Defines how cotangents cross a register on the way from its reader to its source.

    By default, they travel forward in time, which is the rule of Sideways. Subclasses override `route` (when cotangents
    arrive), `change` (what arrives) or both, and work in both engines.

    Attributes:
        name: name in networks, diagnostics and messages.
        causal: whether gradients are available tick by tick. If not (exact gradients), the ticked engine computes them
            by automatic differentiation of its loop, and updates at every tick are not possible.
    """

    name: str = "sideways"
    causal: bool = True

    def route(self, read: Read) -> tuple[int, int]:
        """The path of a cotangent that leaves a reader at tick `t`.

        Returns:
            `(delay, tap)`: it is used at the first execution of the source from tick `t + delay` on, or `tap`
            executions later. A delay between subnetworks is 1 at least. Where `read.delay` is 0 (within a subnetwork,
            and from the loss), no register lies in between, and `(0, read.tap)` must stay.
        """
        return read.delay, read.tap

    def initial_state(self, cotangent: tf.Tensor) -> Any:
        """The initial state of an edge, before its first cotangent; None for a rule without state.

        Args:
            cotangent: zeros of the shape and type of the edge's cotangents, [batch, ...].

        Returns:
            Tensors in any structure of tuples, which are zeros or computed from zeros.
        """
        return None

    def change(self, cotangent: tf.Tensor, state: Any) -> tuple[tf.Tensor, Any]:
        """Changes a cotangent in the register of an edge between two subnetworks.

        Called once for every execution of the reader, in order, with zeros if the reader has no cotangent to return.
        Zeros must not change an initial state and must be returned as zeros.

        Args:
            cotangent: [batch, ...].
            state: state of this edge, from `initial_state` or the previous call.

        Returns:
            The cotangent that arrives, and the next state.
        """
        return cotangent, state

    @property
    def changes(self) -> bool:
        """Whether `change` does anything."""
        return type(self).change is not GradientRule.change

    @property
    def remembers(self) -> bool:
        """Whether the rule has a state."""
        return type(self).initial_state is not GradientRule.initial_state

    def first_ticks(self, schedule: Schedule) -> dict[str, int]:
        """First tick at which each unit's gradient counts: its mask (gamma: Sideways, section 3.4).

        Units without a path to the output are left out.
        """
        return gamma_masks.gamma_from(schedule, lambda read: self.route(read)[0])

    def frames_needed(self, schedule: Schedule) -> int:
        """Minimum length of a clip: every unit must get a gradient, so the pipeline must be full."""
        return 1 + max(self.first_ticks(schedule).values())

    def crossing(self, schedule: Schedule, read: Read, at: range, num_frames: int, start_tick: int) -> Crossing:
        reads = read_map(schedule, read, at, num_frames, start_tick)
        delay, tap = self.route(read)
        returns = return_map(schedule, replace(read, delay=delay, tap=tap), at, num_frames, start_tick)
        return Crossing(reads, returns, self._change_all if read.delay and self.changes else None)

    def _change_all(self, cotangents: tf.Tensor) -> tf.Tensor:
        """`change` for all executions of a reader, [executions, batch, ...], one after the other."""
        arriving, state = [], self.initial_state(tf.zeros_like(cotangents[0]))
        for cotangent in tf.unstack(cotangents):
            changed, state = self.change(cotangent, state)
            arriving.append(changed)
        return tf.stack(arriving)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the rule, as for any Keras object."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "GradientRule":
        """The rule that `get_config` describes."""
        return cls(**config)

"""What a gradient rule says."""

from dataclasses import replace
from typing import Any

import tensorflow as tf

from mpvn.engines.registers import Adjoint, Crossing
from mpvn.schedule import gamma_masks
from mpvn.schedule.delays import Read
from mpvn.schedule.index_maps import read_map, return_map
from mpvn.schedule.schedule import Schedule


class GradientRule(Adjoint):
    """How the cotangents that a reader returns cross the register on their way to the source.

    As it stands here, they travel forward in time, which is the rule of Sideways. Another rule overrides `route` (when
    they arrive), `change` (what arrives) or both, and works in both engines then.

    Attributes:
        name: what networks, diagnostics and messages call it.
        causal: whether gradients are there tick by tick. Where they are not (exact ones), the ticked engine leaves
            them to automatic differentiation of its loop, and there is no update at every tick.
    """

    name: str = "sideways"
    causal: bool = True

    def route(self, read: Read) -> tuple[int, int]:
        """The way of a cotangent that leaves a reader at tick `t`.

        Returns:
            `(delay, tap)`: it is used at the first execution of the source from tick `t + delay` on, or `tap`
            executions later. A delay between subnetworks is 1 at least. Where `read.delay` is 0 (within a subnetwork,
            and from the loss), no register lies in between, and `(0, read.tap)` must stay.
        """
        return read.delay, read.tap

    def initial_state(self, cotangent: tf.Tensor) -> Any:
        """What the rule remembers of an edge before its first cotangent; None for a rule without a memory.

        Args:
            cotangent: zeros of the shape and type of the edge's cotangents, [batch, ...].

        Returns:
            Tensors in any structure of tuples, zeros or made from them.
        """
        return None

    def change(self, cotangent: tf.Tensor, state: Any) -> tuple[tf.Tensor, Any]:
        """What becomes of a cotangent in the register of an edge between two subnetworks.

        It is called once for every execution of the reader, in order, with zeros where it has no cotangent to return;
        zeros must leave an initial state as it is and come out as zeros.

        Args:
            cotangent: [batch, ...].
            state: of this edge, from `initial_state` or the call before.

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
        """Whether the rule has a memory."""
        return type(self).initial_state is not GradientRule.initial_state

    def first_ticks(self, schedule: Schedule) -> dict[str, int]:
        """First tick at which each unit's gradient counts, its mask (gamma: Sideways, section 3.4).

        Units that nothing leads from to the output are left out.
        """
        return gamma_masks.gamma_from(schedule, lambda read: self.route(read)[0])

    def frames_needed(self, schedule: Schedule) -> int:
        """Least length of a clip: every unit gets a gradient, so the pipeline must be full."""
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
        """What the rule is made again from; as for any Keras object."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "GradientRule":
        return cls(**config)

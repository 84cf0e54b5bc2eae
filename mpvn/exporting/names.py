"""Names and types of inputs and results, the same in all graphs of a network."""

from collections.abc import Mapping
from dataclasses import dataclass

import tensorflow as tf

from mpvn.model.network import VideoNetwork
from mpvn.schedule.dataflow import Frame, Register, needed_registers

DTYPE = tf.float32  # type of all inputs and results


@dataclass(frozen=True)
class Names:
    """Names of inputs and results, the same in all graphs of a network.

    Attributes:
        registers: {register: name}.
        gates: {source of feedback: name}.
    """

    registers: Mapping[Register, str]
    gates: Mapping[str, str]

    @classmethod
    def of(cls, network: VideoNetwork) -> "Names":
        schedule = network.schedule
        registers = {register: f"register_{i}" for i, register in enumerate(needed_registers(schedule))}
        fed_back = dict.fromkeys(read.source for unit in schedule.units for read in unit.reads if read.feedback)
        return cls(registers, {source: f"gate_{i}" for i, source in enumerate(fed_back)})

    def input(self, value: Register | Frame) -> str:
        return self.registers[value] if isinstance(value, Register) else f"frame_{value.tick}"

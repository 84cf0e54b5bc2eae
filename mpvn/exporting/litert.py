"""LiteRT's format: one file with several signatures that share weights."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import tensorflow as tf

FILE = "model.tflite"


def write(
    saved_model: Path,
    graphs: Sequence[str],
    folder: Path,
    precision: str,
    examples: Mapping[str, Iterable[dict]] | None,
) -> dict:
    """Converts signatures of a SavedModel.

    Args:
        saved_model: folder of the SavedModel.
        graphs: names of the signatures.
        folder: output folder.
        precision: `"float32"`, `"float16"` (for weights) or `"int8"` (after calibration).
        examples: for int8, {graph: inputs of it, {name: array} each}.

    Returns:
        {graph: the information that an engine needs to find it}.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved_model), signature_keys=list(graphs))
    if precision == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    if precision == "int8":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: _examples(graphs, examples or {})
    (folder / FILE).write_bytes(converter.convert())
    return {name: {"file": f"{folder.name}/{FILE}", "signature": name} for name in graphs}


def convert(function: tf.types.experimental.ConcreteFunction) -> bytes:
    """A single function as a model."""
    return tf.lite.TFLiteConverter.from_concrete_functions([function]).convert()


def _examples(graphs: Sequence[str], examples: Mapping[str, Iterable[dict]]) -> Iterable[tuple[str, dict]]:
    for name in graphs:
        for inputs in examples[name]:
            yield name, inputs

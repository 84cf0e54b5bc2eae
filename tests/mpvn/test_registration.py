"""Files of ours load where nothing but the package has been imported, before or after Keras."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from tiny import video

import mpvn
import sideways_tf
from mpvn import registration

PACKAGES = {"mpvn": mpvn, "sideways_tf": sideways_tf}


def test_the_sources_are_read_as_python_reads_them():
    """Every class of the packages that is in Keras's registry is found without importing it, and no other."""
    found = {
        key: (module, name)
        for package, module in PACKAGES.items()
        for key, module, name, _ in registration.registered(package, Path(module.__path__[0]))
    }
    assert {"mpvn>Piece", "mpvn>VideoNetwork", "sideways_tf>SidewaysModel"} <= set(found)
    registry = keras.saving.get_custom_objects()
    for key, (module, name) in found.items():
        registry[key].from_config  # noqa: B018 - what is promised is kept
        assert keras.saving.get_registered_object(key).__name__ == key.split(">")[1], key
        assert getattr(sys.modules[module], name) is registry[key]
    ours = {key for key in registry if key.split(">")[0] in PACKAGES}
    assert ours == set(found)


def test_functions_and_spellings(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "some.py").write_text(
        "from keras import saving\n"
        "@saving.register_keras_serializable(package='p', name='loss_2')\ndef loss(a, b): return a\n"
        "@saving.register_keras_serializable()\nclass Layer: pass\n"
    )
    assert list(registration.registered("mine", tmp_path)) == [
        ("p>loss_2", "mine.part.some", "loss", False),
        ("Custom>Layer", "mine.part.some", "Layer", True),
    ]


LOAD = """
import sys, threading
import {first}
assert "keras" in sys.modules or not {{"keras", "tensorflow"}} & set(sys.modules)
import {second}
import json, keras, numpy
clip = numpy.load({clip!r})
print(json.dumps({{name: float(abs(numpy.asarray(keras.models.load_model(name)(clip))).sum()) for name in {names}}}))
"""


@pytest.mark.parametrize(("first", "second"), [("mpvn", "keras"), ("keras", "sideways_tf")])
def test_in_another_process(first, second, tmp_path):
    clip = video(6, dtype="float32")
    net = mpvn.VideoNetwork(
        [
            mpvn.Unit("a", mpvn.layers.Chain([keras.layers.Dense(4), mpvn.BatchNormalization()]), ["frame"]),
            mpvn.Unit("b", keras.layers.Dense(3), ["a"]),
            mpvn.Unit("c", keras.layers.Dense(3), ["b"]),
            mpvn.Unit("d", keras.layers.Dense(3), ["c"]),
        ],
        (3,),
    ).parallel(2)
    frame = keras.Input((3,))
    models = {
        "own": net,
        "converted": mpvn.from_keras(keras.Model(frame, keras.layers.Dense(2)(keras.layers.Dense(3)(frame)))),
        "distillation": mpvn.Distillation(net, net.parallel(1)),
    }
    if second == "sideways_tf":
        models = {"sideways": sideways_tf.SidewaysModel(net)}
    expected = {}
    for name, model in models.items():
        path = str(tmp_path / f"{name}.keras")
        model.compile("sgd", mpvn.tasks.heatmaps.HeatmapCrossEntropy(stride=1), jit_compile=False)
        model.save(path)
        expected[path] = float(np.abs(np.asarray(model(clip))).sum())
    np.save(tmp_path / "clip.npy", clip)
    code = LOAD.format(first=first, second=second, clip=str(tmp_path / "clip.npy"), names=list(expected))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == pytest.approx(expected, rel=1e-5)

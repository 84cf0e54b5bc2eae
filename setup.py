"""Packaging of mpvn and sideways_tf; tool settings are in pyproject.toml, tested versions in requirements.lock."""

from pathlib import Path

from setuptools import find_packages, setup

PLOT = ["matplotlib>=3.9", "pillow>=10.1"]
VIDEO = ["av>=14", "pillow>=10.1"]
# Runtimes of exported networks, with what their formats are made with.
LITERT = ["ai-edge-litert>=2.1"]
ONNX = ["onnx>=1.19", "tf2onnx>=1.17", "onnxruntime>=1.23"]
OPENVINO = ["onnx>=1.19", "openvino>=2025.4"]
DOCS = ["mkdocs>=1.6,<2", "mkdocs-material>=9.6", "mkdocstrings[python]>=0.29", "mkdocs-jupyter>=0.25"]
DEV = ["pytest>=8", "pytest-xdist>=3.7", "hypothesis>=6", "ruff>=0.9", "mypy>=1.15"]

setup(
    name="mpvn",
    version="0.2.0",
    description="Depth-parallel video networks in TensorFlow: MPVN, Sideways and Skip-Sideways",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Typing :: Typed",
    ],
    packages=[*find_packages(include=["mpvn", "mpvn.*", "sideways_tf", "sideways_tf.*"]), "gin_configs"],
    package_data={
        "mpvn": ["py.typed", "reporting/page.html"],
        "sideways_tf": ["py.typed"],
        "gin_configs": ["**/*.gin", "**/*.md"],
    },
    python_requires=">=3.11",
    install_requires=[
        "tensorflow>=2.21,<2.22",
        "keras>=3.15,<4",
        "tensorflow-datasets>=4.9.9",
        "absl-py>=2.1",
        "gin-config>=0.5",
        "tensorboard>=2.20",
        "rich>=13",
        "psutil>=5.9",
        "h5py>=3.10",
        "importlib-resources>=6",  # TFDS 4.9.10 imports it without naming it
    ],
    entry_points={
        "console_scripts": ["mpvn = mpvn.__main__:main"],
        # Packages of suites beside mpvn's own: mpvn.benchmark finds them without knowing them.
        "mpvn.suites": ["sideways_tf = sideways_tf.benchmarks"],
        # Commands beside mpvn's own.
        "mpvn.commands": ["sideways-train = sideways_tf.train", "sideways-reproduce = sideways_tf.reproduce"],
    },
    extras_require={
        "plot": PLOT,
        "video": VIDEO,
        "litert": LITERT,
        "onnx": ONNX,
        "openvino": OPENVINO,
        "docs": DOCS,
        "dev": DEV + PLOT + VIDEO + LITERT + ONNX + OPENVINO + DOCS,
    },
)

"""Reference pages, made from the code: public names, commands with their flags, gin settings."""

import importlib
import inspect

import gin

from mpvn.cli import start


def pages():
    """{name: Markdown}."""
    start.tensorflow()  # without a word
    return {
        "mpvn": _names("mpvn"),
        "sideways_tf": _names("sideways_tf"),
        "commands": _commands(),
        "settings": _settings(),
    }


def _names(package):
    module = importlib.import_module(package)
    parts = [f"# {package}\n\n{inspect.getdoc(module)}\n"]
    for name in module.__all__:
        made = getattr(module, name)
        home = made.__name__ if inspect.ismodule(made) else f"{made.__module__}.{made.__qualname__}"
        parts.append(f"::: {home}\n")
    return "\n".join(parts)


def _commands():
    from mpvn import __main__ as every
    from mpvn.cli import flags

    parts = [
        "# Commands\n\n`mpvn NAME ...` is the same as `python -m MODULE ...`. This page shows the output of `--help`:\n"
    ]
    for name, module in every.commands().items():
        command = importlib.import_module(module).COMMAND
        parts.append(f"## {name}\n\n`python -m {module}`\n\n```\n{command.description.strip()}\n```\n")
        parts.append(f"```\n{flags.describe(flags.make(command.define)).rstrip()}\n```\n")
    return "\n".join(parts)


def _settings():
    import sideways_tf.configurables  # noqa: F401 - so that its names are known
    from mpvn.runs.bindings import our_functions

    parts = [
        "# gin settings\n\nEvery name that a gin file can set, with its default. The docstring of the function or "
        "class explains each setting.\n"
    ]
    for selector, function in sorted(our_functions().items(), key=lambda item: item[0].split(".")[-1].lower()):
        name = selector.split(".")[-1]
        made = [
            (parameter, known)
            for parameter, known in inspect.signature(function).parameters.items()
            if known.kind in (known.POSITIONAL_OR_KEYWORD, known.KEYWORD_ONLY)
        ]
        parts.append(f"## {selector}\n\n```\n" + "\n".join(_line(name, *each) for each in made) + "\n```\n")
        parts.append(f"```\n{inspect.getdoc(function) or ''}\n```\n")
    return "\n".join(parts)


def _line(name, parameter, known):
    if known.default is gin.REQUIRED:
        return f"{name}.{parameter}  (required)"
    if inspect.isclass(known.default):
        return f"{name}.{parameter} = {known.default.__name__}"
    if known.default is known.empty:
        return f"{name}.{parameter}  (set by the program, or required)"
    return f"{name}.{parameter} = {known.default!r}"

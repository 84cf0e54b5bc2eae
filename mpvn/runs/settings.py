"""The gin settings of a run."""

import importlib
import os
import re
import tokenize
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import gin

from mpvn.errors import InputError
from mpvn.runs import older_names
from mpvn.runs.beside import look_beside
from mpvn.runs.bindings import MACRO, Key, apart, bindings
from mpvn.runs.declared import check_types, suggestions
from mpvn.runs.folder import CONFIG
from mpvn.runs.includes import ENCODING, read_gin_file
from mpvn.runs.reached import reached

# Makes the names of settings known. Imported only when settings are read, because it needs this module itself: training
# loads trained runs as teachers.
NAMES = "mpvn.runs.configurables"
LONGEST = 300  # number of characters shown of a foreign error
TRAIN = "mpvn.training.train"
_GIVEN = {TRAIN: frozenset(("model_dir",))}


def parse_gin(
    files: Sequence[str] = (),
    params: Sequence[str] = (),
    root: str | None = None,
    modules: Sequence[str] = (),
) -> None:
    """Reads gin files and parameters, replacing all earlier settings, and checks them.

    Later settings override earlier ones, and parameters override files. Modules that a file imports, and files that it
    includes, may be beside it, or in the current folder. Settings of this project's functions must have expected
    values.

    Args:
        files: paths.
        params: settings, `NAME.PARAMETER=VALUE`.
        root: full name of the function that will be called, such as `TRAIN`: a setting that it would not read is an
            error, unless a run has recorded it. None skips this check.
        modules: modules to import first; a run's settings then import them by name.

    Raises:
        InputError: a file does not exist, a name or a value is unknown, or a setting is not read; it says where.
    """
    importlib.import_module(NAMES)
    files = [os.path.expanduser(path) for path in files]
    for path in files:
        if not os.path.isfile(path):
            raise InputError(f"gin file {path!r} does not exist: expected a file, such as those in gin_configs/")
    gin.clear_config()
    look_beside(files)
    # Two runs may have different modules of the same name.
    gin.enter_interactive_mode()
    try:
        for module in modules:
            gin.parse_config(f"import {module}")
        inner, of_runs = [], set[Key]()
        for path in files:
            before = bindings()
            inner += _read(path)
            if os.path.basename(path) == CONFIG:
                of_runs |= {key for key, value in bindings().items() if key not in before or value != before[key]}
        of_files = bindings()
        for param in params:
            _reading(f"--gin_param={param}" if _is_bare(param) else "gin settings", partial(gin.parse_config, param))
        _reading("gin settings", gin.finalize)
    finally:
        gin.exit_interactive_mode()
    check_types(bindings())
    if root is not None:
        _check_read(root, inner, params, of_runs, of_files)


def _read(path: str) -> list[str]:
    """The files that were read: a file after those that it includes."""
    files: list[str] = _reading(f"gin file {path!r}", partial(read_gin_file, path))
    if os.path.basename(path) == CONFIG:
        for line in older_names.groups_left_open(gin.query_parameter):
            gin.parse_config(line)
    return files


def _check_read(
    root: str, files: Sequence[str], params: Sequence[str], free: Iterable[Key], of_files: Mapping[Key, Any]
) -> None:
    """Raises InputError for a setting that is not read: neither at the end, nor when it was given.

    A file may serve several networks, tasks and data sets: its settings of functions that are not called are ignored.
    Parameters are given for this run only.
    """
    known, given = bindings(), _GIVEN.get(root, frozenset())
    found = reached(known, root, given)
    idle = {key for key in of_files if key.selector not in (MACRO, *found.functions) and of_files[key] == known[key]}
    unread = set(known) - found.keys - set(free) - idle
    if not unread:
        return
    ever = set[Key]()
    with apart():
        for _ in _one_by_one(files, params):
            ever |= reached(bindings(), root, given).keys
    ever |= {key for key in known if key.selector == MACRO and _mentioned(key.scope, files, params)}
    names = sorted(unread - ever, key=lambda key: (key.selector == MACRO, str(key)))
    if names:
        raise InputError(f"gin settings: nothing reads {names[0]}: {suggestions(names[0], known)}")


def _one_by_one(files: Sequence[str], params: Sequence[str]) -> Iterator[None]:
    """Takes in all settings, and stops after each."""
    for text in (*map(_text, files), *params):
        for statement in gin.config_parser.ConfigParser(text, gin.config.ParserDelegate()):
            if isinstance(statement, gin.config_parser.BindingStatement):
                scope, selector, name, value, _ = statement
                place = (scope, selector, name) if name else ("/".join(filter(None, (scope, selector))), MACRO, "value")
                gin.bind_parameter(place, value)
                yield


def _is_bare(param: str) -> bool:
    """Whether the value of a setting begins as a word or a path does."""
    _, equals, value = param.partition("=")
    return bool(equals and re.match(r"[A-Za-z_/~.][^\n]*$", value.strip()))


def _text(path: str) -> str:
    with open(path, encoding=ENCODING) as file:
        return file.read()


def _mentioned(macro: str, files: Sequence[str], params: Sequence[str]) -> bool:
    """Whether a setting used a macro, even if a later setting replaced it."""
    name = re.escape(macro)
    return any(re.search(rf"%{name}(?![\w/.])|@{name}/(gin\.)?macro\b", text) for text in (*map(_text, files), *params))


def _reading(what: str, read: Callable[[], Any]) -> Any:
    """The result of a gin function; any exception becomes one line."""
    try:
        return read()
    except InputError:
        raise
    except ImportError as error:
        raise InputError(
            f"{what}: {_cut(str(error).splitlines()[0])}{_in_module(error)}: a module that a gin file imports must be "
            f"beside it, or in the current folder"
        ) from None
    except RecursionError:
        raise InputError(f"{what}: files include each other in a cycle: remove one include") from None
    except (SyntaxError, tokenize.TokenError) as error:
        words = str(error.args[0]) if isinstance(error, tokenize.TokenError) else str(error)
        if what.startswith("--gin_param"):
            value = what.split("=", 2)[2].strip()
            raise InputError(f'{what}: {value} is not a value: write strings in quotes, "{value}"') from None
        raise InputError(f"{what}: {_cut(words)}: a line or a bracket is not closed") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{what}: {_cut(str(error))}: save it as UTF-8") from None
    except Exception as error:  # the user's modules, which are imported here, may raise anything
        unknown = re.match(r"No configurable matching (?:reference )?'@?([^']+)'", str(error))
        if unknown:
            raise InputError(
                f"{what}: nothing is called {unknown[1]!r}: check the name, or import its module in a gin file "
                f"(import sideways_tf.configurables)"
            ) from None
        name = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        raise InputError(f"{what}: {name}{_cut(str(error))}{_in_module(error)}") from None


def _cut(text: str) -> str:
    text = " ".join(text.split(" in config string")[0].split())  # gin adds all current settings
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _in_module(error: Exception) -> str:
    """Where in a user's module an error arose; empty where it did not."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    if last is None or any(part in last.filename for part in ("importlib", os.sep + "gin" + os.sep)):
        return ""
    return "" if __file__ == last.filename else f" ({last.filename}, line {last.lineno})"

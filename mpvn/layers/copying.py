"""Copies layers with all their content, onto other devices.

A layer is more than its settings and its weights: constants derived from data, adapters, quantized kernels, random
seeds, flags, a user's function. So the objects themselves are copied, as `copy.deepcopy` would do if Keras did not send
it through a file: no class has to be registered, and shared objects stay shared.
"""

import copy
import enum
import types
import weakref
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from mpvn.errors import InputError
from mpvn.layers import keras_insides
from mpvn.layers.objects import FOREIGN, is_users, library

# Never holds a layer's state, whatever its attributes are.
_OPAQUE = (
    *(type, types.ModuleType, types.BuiltinFunctionType, enum.Enum, str, bytes, int, float, complex, type(None)),
    *(tf.DType, tf.TensorShape, tf.TypeSpec, tf.Graph, keras.KerasTensor),
    tf.saved_model.experimental.TrackableResource,  # lookup tables are read, never written
)
_COMPILED = tf.types.experimental.PolymorphicFunction


def copied(layers: Mapping[str, keras.layers.Layer], device_of: Mapping[str, str]) -> dict[str, keras.layers.Layer]:
    """Copies of the layers of units.

    Args:
        layers: {unit name: layer}. Objects shared by several layers are shared by the copies, too.
        device_of: {unit name: full name of the device of its copy}; shared objects are on the device of the first unit.

    Returns:
        {unit name: copy}.

    Raises:
        InputError: a layer holds something that cannot be copied; the line names the unit.
    """
    copier = Copier()
    copies = {}
    for name, layer in layers.items():
        copier.device = device_of.get(name)
        try:
            copies[name] = copier(layer)
        except CannotCopy as error:
            raise InputError(f"the layer of unit {name!r} cannot be copied: {error.where} {error}") from None
    return copies


class CannotCopy(Exception):
    """Says in one line what cannot be copied, and what to change; `where` is the layer and its attribute."""

    where: str | None = None


class Copier:
    """Copies objects, each of them once.

    Attributes:
        device: device of the copies of variables and tensors; None if TensorFlow chooses.
    """

    def __init__(self) -> None:
        self.device: str | None = None
        # Originals are kept beside their copies: the id of an object is meaningless once the object is gone.
        self._copies: dict[int, tuple[Any, Any]] = {}
        self._stateful: dict[int, tuple[Any, bool]] = {}

    def __call__(self, value: Any) -> Any:
        """The copy of `value`; the value itself if nothing that it refers to can change."""
        if id(value) in self._copies:
            return self._copies[id(value)][1]
        if not self._holds_state(value):
            return value
        for kinds, make in _MAKERS:
            if isinstance(value, kinds):
                return self._remember(value, make(self, value))
        return self._object(value)

    def _remember(self, value: Any, made: Any) -> Any:
        self._copies[id(value)] = (value, made)
        return made

    def _holds_state(self, value: Any) -> bool:
        """Whether something that can change can be reached from an object."""
        if id(value) in self._stateful:
            return self._stateful[id(value)][1]
        seen: dict[int, Any] = {}
        found, waiting = False, [value]
        while waiting and not found:
            item = waiting.pop()
            if id(item) not in seen and not _opaque(item):
                seen[id(item)] = item
                known = self._stateful.get(id(item))
                found = known[1] if known else isinstance(item, _STATE) or is_users(item)
                waiting += [] if known else _referred(item)
        self._stateful[id(value)] = (value, found)
        if not found:
            self._stateful |= {key: (item, False) for key, item in seen.items()}
        return found

    # --- objects with attributes ------------------------------------------------------------------------------

    def _object(self, value: Any) -> Any:
        try:
            made = self._remember(value, object.__new__(type(value)))
        except TypeError:
            raise CannotCopy(f"holds a {type(value).__name__}, which cannot be copied: create it in `call`") from None
        self._attributes(value, made)
        return made

    def _attributes(self, value: Any, made: Any, besides: Collection[str] = ()) -> None:
        for name in [name for cls in type(value).__mro__ for name in _slots(cls)]:
            if hasattr(value, name):
                object.__setattr__(made, name, self(getattr(value, name)))
        # Bookkeeping comes last, so that an error names the attribute that the user knows.
        named = sorted(getattr(value, "__dict__", {}).items(), key=lambda item: item[0].startswith("_"))
        for name, item in named:
            if name not in besides:
                try:
                    vars(made)[name] = self(item)
                except CannotCopy as error:
                    if error.where is None and isinstance(value, keras.layers.Layer):
                        error.where = f"{value.name}.{name}"
                    raise

    def _operation(self, value: keras.Operation) -> keras.Operation:
        made = self._remember(value, keras_insides.blank_operation(type(value)))
        anew = keras_insides.not_copied(value)
        if isinstance(value, keras_insides.Functional):
            # Keras's records of calls refer to all models that a layer is in: they are created again.
            calls = keras.models.clone_model(keras.Model(value.input, value.output), clone_function=self)
            anew |= {name: vars(calls)[name] for name in keras_insides.GRAPH}
        self._attributes(value, made, besides={*anew, *keras_insides.BOUND_TO_THE_OBJECT})
        vars(made).update(anew)
        return made

    def _tracker(self, value: Any) -> Any:
        made = self._remember(value, copy.copy(value))
        keras_insides.retrack(made, self)
        return made

    # --- state -------------------------------------------------------------------------------------------------

    def _keras_variable(self, value: keras.Variable) -> keras.Variable:
        made = self._remember(value, keras_insides.blank_variable(type(value)))
        self._attributes(value, made, besides=keras_insides.VALUE_OF_VARIABLE)
        keras_insides.hold(made, self(keras_insides.tensorflow_variable(value)))
        return made

    def _tensorflow_variable(self, value: tf.Variable) -> tf.Variable:
        with self._on_device():
            return tf.Variable(
                tf.identity(value),
                trainable=value.trainable,
                name=value.name.removesuffix(":0").split("/")[-1],
                dtype=value.dtype,
                shape=value.shape,
                synchronization=value.synchronization,
                aggregation=value.aggregation,
            )

    def _seed_generator(self, value: keras.random.SeedGenerator) -> keras.random.SeedGenerator:
        # Not every device can count up seeds.
        with self._with_the_host():
            return self._object(value)

    def _tensor(self, value: tf.Tensor) -> tf.Tensor:
        if not hasattr(value, "numpy") or value.dtype in (tf.resource, tf.variant):  # of a graph, or a handle
            return value
        with self._on_device():
            return tf.identity(value)

    def _composite(self, value: Any) -> Any:
        return tf.nest.map_structure(self, value, expand_composites=True)

    def _on_device(self) -> Any:
        return nullcontext() if self.device is None else tf.device(self.device)

    @contextmanager
    def _with_the_host(self) -> Iterator[None]:
        device = self.device
        if device is not None:
            self.device = tf.DeviceSpec.from_string(device).replace(device_type="CPU", device_index=0).to_string()
        try:
            yield
        finally:
            self.device = device

    # --- containers and functions --------------------------------------------------------------------------------

    def _list(self, value: list) -> list:
        made = self._remember(value, type(value).__new__(type(value)))
        list.extend(made, [self(item) for item in value])
        self._attributes(value, made)
        return made

    def _set(self, value: set) -> set:
        made = self._remember(value, type(value).__new__(type(value)))
        set.update(made, [self(item) for item in value])
        self._attributes(value, made)
        return made

    def _dict(self, value: dict) -> dict:
        if type(value) is not value.__class__:
            return self._proxy(value)
        made = self._remember(value, type(value).__new__(type(value)))
        if isinstance(value, defaultdict):
            made.default_factory = self(value.default_factory)
        put = OrderedDict.__setitem__ if isinstance(value, OrderedDict) else dict.__setitem__
        for key, item in value.items():
            put(made, self(key), self(item))
        self._attributes(value, made)
        return made

    def _tuple(self, value: tuple) -> tuple:
        if type(value) is not value.__class__:
            return self._proxy(value)
        return tuple.__new__(type(value), [self(item) for item in value])

    def _proxy(self, value: Any) -> Any:
        """TensorFlow stands for some dicts and tuples, in order to track what is in them."""
        return self._remember(value, tf.__internal__.tracking.wrap(self(value.__wrapped__)))

    def _frozenset(self, value: frozenset) -> frozenset:
        return frozenset(self(item) for item in value)

    def _deque(self, value: deque) -> deque:
        return deque((self(item) for item in value), value.maxlen)

    def _array(self, value: np.ndarray) -> np.ndarray:
        return value.copy()

    def _function(self, value: types.FunctionType) -> types.FunctionType:
        # Cells are filled afterwards: a function may refer to itself.
        cells = tuple(types.CellType() for _ in value.__closure__ or ())
        made = types.FunctionType(
            value.__code__, value.__globals__, value.__name__, value.__defaults__, cells if value.__closure__ else None
        )
        self._remember(value, made)
        for cell, old in zip(cells, value.__closure__ or (), strict=True):
            try:
                cell.cell_contents = self(old.cell_contents)
            except ValueError:  # the old one is empty, too
                continue
        made.__defaults__ = self(value.__defaults__)
        made.__kwdefaults__ = self(value.__kwdefaults__)
        made.__qualname__, made.__doc__, made.__module__ = value.__qualname__, value.__doc__, value.__module__
        self._attributes(value, made)
        return made

    def _method(self, value: types.MethodType) -> types.MethodType:
        return types.MethodType(self(value.__func__), self(value.__self__))

    def _partial(self, value: partial) -> partial:
        made = type(value)(self(value.func), *self(value.args), **self(value.keywords))
        self._attributes(value, made)
        return made

    def _reference(self, value: weakref.ref) -> weakref.ref:
        target = value()
        return value if target is None else weakref.ref(self(target))

    def _compiled(self, value: Any) -> Any:
        raise CannotCopy(
            "is a tf.function over variables of the layer, which the copy would still read: "
            "call the Python function itself; it is compiled with the network"
        )


# In this order: the first match decides.
_MAKERS: tuple[tuple[Any, Callable[[Copier, Any], Any]], ...] = (
    (keras.Operation, Copier._operation),
    (keras.Variable, Copier._keras_variable),
    (tf.Variable, Copier._tensorflow_variable),
    (keras.random.SeedGenerator, Copier._seed_generator),
    (keras_insides.Tracker, Copier._tracker),
    (tf.Tensor, Copier._tensor),
    (tf.__internal__.CompositeTensor, Copier._composite),
    (np.ndarray, Copier._array),
    (list, Copier._list),
    (set, Copier._set),
    (dict, Copier._dict),
    (tuple, Copier._tuple),
    (frozenset, Copier._frozenset),
    (deque, Copier._deque),
    (types.FunctionType, Copier._function),
    (types.MethodType, Copier._method),
    (partial, Copier._partial),
    (weakref.ref, Copier._reference),
    (_COMPILED, Copier._compiled),
)
_MADE = tuple(kinds for kinds, _ in _MAKERS)
_STATE = (keras.Operation, keras.Variable, tf.Variable, tf.Tensor, np.ndarray, list, set, dict, deque)


def _opaque(value: Any) -> bool:
    """Whether an object and all that it refers to are shared."""
    if isinstance(value, _OPAQUE):
        return True
    foreign = library(value) in FOREIGN and not isinstance(value, tf.__internal__.tracking.Trackable)
    return foreign and not isinstance(value, _MADE)


def _referred(value: Any) -> list:
    """What an object refers to."""
    if isinstance(value, (tuple, frozenset)):
        return list(value)
    if isinstance(value, types.MethodType):
        return [value.__self__, value.__func__]
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, weakref.ref):
        return [value()]
    if isinstance(value, _COMPILED):
        return [value.python_function]
    referred = list(getattr(value, "__dict__", {}).values())
    referred += [getattr(value, name) for cls in type(value).__mro__ for name in _slots(cls) if hasattr(value, name)]
    if isinstance(value, types.FunctionType):
        referred += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
        for cell in value.__closure__ or ():
            try:
                referred.append(cell.cell_contents)
            except ValueError:  # it is empty
                continue
    return referred


def _slots(cls: type) -> tuple[str, ...]:
    slots = vars(cls).get("__slots__", ())
    slots = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(name for name in slots if name not in ("__dict__", "__weakref__"))

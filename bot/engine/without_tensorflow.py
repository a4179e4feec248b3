"""
Load Rasa without TensorFlow, which no part of our model uses and which costs 300 MB and seconds of every start.

Rasa imports TensorFlow wherever a component might be trained with it.  `spare()` puts
an empty place-holder there, before Rasa is imported: classes may be derived from it and
annotations may name it, but any use of it raises.  A model that does need TensorFlow
fails its canary message then, and the start is refused with that reason.

Training, `rasa shell` and `rasa test` use the real one.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Optional, Sequence

_SPARED = ("tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras", "tensorboard")


class TensorFlowMissing(ImportError):
    """Something did use TensorFlow after all."""


def spare() -> bool:
    """Returns False when TensorFlow is there already; then it stays."""
    if any(isinstance(finder, _Spared) for finder in sys.meta_path):
        return True
    if any(name in sys.modules for name in _SPARED):
        return False
    sys.meta_path.insert(0, _Spared())
    return True


class _Spared(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every module of TensorFlow and makes a place-holder of it."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if fullname.partition(".")[0] not in _SPARED:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__path__ = []


class _Module(ModuleType):
    __version__ = "0"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(name, (), {})


class _Missing(type):
    """A class that can be derived from, subscripted and asked for attributes, and does nothing."""

    def __new__(cls, name: str, bases: tuple[Any, ...], namespace: dict[str, Any], **_: Any) -> Any:
        return super().__new__(cls, name, bases, namespace)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Missing(name, (), {})

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    def __call__(cls, *values: Any, **named: Any) -> Any:
        if len(values) == 1 and not named and callable(values[0]) and not isinstance(values[0], _Missing):
            return values[0]  # used as a decorator
        raise TensorFlowMissing(f"TensorFlow's {cls.__name__} was used, but the assistant runs without TensorFlow")

"""A user's own network: found, imported and built, with every failure said in words."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from glasslab.errors import StudyError, nearest
from glasslab.nets.trial import trial
from glasslab.plan.net import UserNet
from glasslab.plan.settings import show

STAMP = "__glasslab_source__"  # a module that was imported here carries its file and hash under this name


def build(
    net: UserNet, input_shape: tuple[int, ...], outputs: int, rng: np.random.Generator, *, folder: Path
) -> nn.Module:
    """Returns a user's network, its weights drawn from PyTorch's CPU generator seeded by `rng`.

    PyTorch's generator is put back afterwards. A trial pass checks what the network gives (and fills in
    lazy layers).

    Args:
        net: "module:Class" and the keyword arguments.
        input_shape: one example's shape, the first positional argument.
        outputs: numbers an example must give, the second positional argument.
        rng: the run's `init` stream; one number is drawn from it.
        folder: where the module is looked for first.

    Raises:
        StudyError: import, construction or trial pass failed, or the output is not (B, outputs).
    """
    seed = int(rng.integers(2**32))  # a CPU generator keeps no more than 32 bits of its seed
    with torch.random.fork_rng(devices=[]):
        kind: Any = import_net(net.name, folder)
        torch.default_generator.manual_seed(seed)
        given = ", ".join(
            [str(input_shape), str(outputs), *(f"{k}={show(v)}" for k, v in net.settings.items())]
        )
        try:
            module: nn.Module = kind(input_shape, outputs, **net.settings)
        except Exception as error:
            raise problem(
                f"{net.name}({given}) failed with {words(error)}; the class is called so"
            ) from error
        check(net.name, module, input_shape, outputs)
    return module


def check(name: str, module: nn.Module, input_shape: tuple[int, ...], outputs: int) -> None:
    """Refuses a network that cannot take the examples, gives the wrong shape, or has nothing to train."""
    wanted = (2, outputs)
    try:
        output = trial(module, input_shape, examples=2)
    except Exception as error:
        raise problem(f"{name} failed on a batch of shape {(2, *input_shape)} with {words(error)}") from error
    got = tuple(output.shape) if isinstance(output, torch.Tensor) else f"a {type(output).__name__}"
    if got != wanted:
        raise problem(
            f"{name} must give a tensor of shape {wanted} for a batch of shape {(2, *input_shape)}, "
            f"got {got}; its last layer needs as many outputs as its second argument says: {outputs}"
        )
    if not any(p.requires_grad for p in module.parameters()):
        raise problem(f"{name} has no parameters to train; assign its layers to self in __init__")


def import_net(name: str, folder: Path) -> type[nn.Module]:
    """Returns the class that "module:Class" names.

    A module in `folder` comes before an installed one, and is run anew when its file has changed, so that
    the class is always that of `source_hash`. What it imports in turn is imported once, as always.

    Args:
        name: "module:Class", the module dotted when it lies in a package.
        folder: at the front of the module search path during the import, and only then.

    Raises:
        StudyError: no such module, an error inside it, no such class, or not an nn.Module.
    """
    module_name, class_name = name.split(":")
    own = own_spec(module_name, folder)
    spec = own or installed_spec(module_name, folder)
    try:
        with first_on_path(folder):
            module = run_source(own) if own else importlib.import_module(module_name)
    except StudyError:
        raise
    except (Exception, SystemExit) as error:
        raise problem(f"importing {module_name} ({spec.origin}) failed with {words(error)}") from error
    found = getattr(module, class_name, None)
    if found is None:
        known = [key for key, value in vars(module).items() if is_net(value)]
        raise problem(f"no class '{class_name}' in {spec.origin}{nearest(class_name, known)}")
    if not is_net(found):
        raise problem(f"{name} must be a subclass of torch.nn.Module, got {found!r}")
    return found  # type: ignore[no-any-return]


def source_hash(name: str, folder: Path) -> str:
    """Returns the first 16 hex digits of the SHA-256 of the module's file, without running it.

    Only for an installed package's submodule are the packages around it imported. Files that the module
    imports do not count.

    Args:
        name: "module:Class".
        folder: where the module is looked for first.

    Raises:
        StudyError: no such module, or one without a file.
    """
    module_name = name.split(":")[0]
    spec = own_spec(module_name, folder) or installed_spec(module_name, folder)
    return hashlib.sha256(Path(str(spec.origin)).read_bytes()).hexdigest()[:16]


def own_spec(module_name: str, folder: Path) -> ModuleSpec | None:
    """Returns where a module of Python source lies in `folder`, None when it does not."""
    importlib.invalidate_caches()
    parts = module_name.split(".")
    path = [str(folder.resolve())]
    spec = None
    for depth in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:depth]), path)
        path = list(spec.submodule_search_locations or []) if spec else []
    return spec if spec and isinstance(spec.loader, SourceFileLoader) else None


def installed_spec(module_name: str, folder: Path) -> ModuleSpec:
    """Returns where Python would import a module from; it must be a file, and not found is an error."""
    try:
        spec = importlib.util.find_spec(module_name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        close = nearest(module_name.split(".")[0], [file.stem for file in folder.glob("*.py")])
        raise problem(
            f"no module '{module_name}' in {folder.resolve()} or among the installed packages; "
            f"write the class into a .py file beside the study file{close}"
        )
    return spec


def run_source(spec: ModuleSpec) -> ModuleType:
    """Returns a module from its source as it is on disk now, running it unless this very source has run.

    The source is compiled here: Python's cache of compiled files may miss an edit within the same second.

    Raises:
        StudyError: another module of this name is already loaded, from another place.
    """
    loader = spec.loader
    if not isinstance(loader, SourceFileLoader):
        raise TypeError(f"{spec.name} is no Python source")
    source = Path(loader.path).read_bytes()
    stamp = f"{loader.path} {hashlib.sha256(source).hexdigest()}"
    before = sys.modules.get(spec.name)
    if before is not None and getattr(before, STAMP, None) == stamp:
        return before
    if before is not None and not hasattr(before, STAMP) and getattr(before, "__file__", None) != loader.path:
        raise problem(f"{loader.path} has the name of another module, {before!r}; rename the file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # before it runs, as dataclasses look their module up there
    try:
        exec(loader.source_to_code(source, loader.path), vars(module))
    except BaseException:
        del sys.modules[spec.name]
        raise
    setattr(module, STAMP, stamp)
    return module


@contextmanager
def first_on_path(folder: Path) -> Iterator[None]:
    """Puts `folder` at the front of the module search path."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        if entry in sys.path:  # the module may have changed the path itself
            sys.path.remove(entry)


def is_net(value: object) -> bool:
    """Returns whether a value is a class of networks."""
    return isinstance(value, type) and issubclass(value, nn.Module)


def words(error: BaseException) -> str:
    """Returns an exception as one line: its type and what it says."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def problem(sentence: str) -> StudyError:
    """Returns the error for a user's network that this sentence describes."""
    return StudyError([f"[net] name: {sentence}"])

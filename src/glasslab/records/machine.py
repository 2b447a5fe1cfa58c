"""The fingerprint of the machine and of the code that made a run."""

import functools
import hashlib
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

import msgspec

from glasslab.errors import UsageError
from glasslab.version import VERSION

PACKAGE = Path(__file__).parent.parent
MKL_VARIABLE = "GLASSLAB_MKL"
LIBRARIES = ("torch", "numpy", "safetensors", "scikit-learn", "scipy")


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was made on; runs are equal to the bit only between equal machines.

    Attributes:
        processor: its model name.
        cores: logical processors that this process may use.
        memory_gib: main memory, GiB.
        system: operating system and version.
        python: version of the interpreter.
        libraries: versions of the libraries that results depend on; "mkl": "intel" where GLASSLAB_MKL asked
            for other kernels of it than it chooses (see `glasslab.nets.mkl`).
    """

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    libraries: dict[str, str]


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What code made a run.

    Attributes:
        version: glasslab's.
        source: first 16 hex of SHA-256 over the package's Python files.
        commit: of the checkout it was run from; None for an installed package.
        changed: whether that checkout had uncommitted changes to the package.
    """

    version: str
    source: str
    commit: str | None = None
    changed: bool = False


@functools.cache
def this_machine() -> Machine:
    """Returns the fingerprint of the machine that this runs on."""
    return Machine(
        processor=processor_name(),
        cores=usable_cores(),
        memory_gib=round(memory_bytes() / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        libraries={name: library_version(name) for name in LIBRARIES} | mkl_entry(),
    )


def mkl_kernels() -> str:
    """Returns whose kernels MKL is asked to use: "" for those that it chooses, or "intel".

    Raises:
        UsageError: when the environment says something else.
    """
    asked = os.environ.get(MKL_VARIABLE, "")
    if asked not in ("", "intel"):
        raise UsageError(f"{MKL_VARIABLE}: must be 'intel' or unset, got '{asked}'")
    return asked


def mkl_entry() -> dict[str, str]:
    """Returns what the fingerprint says of MKL's kernels; nothing where it chooses them."""
    return {"mkl": asked} if (asked := mkl_kernels()) else {}


def usable_cores() -> int:
    """Returns how many logical processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_name() -> str:
    """Returns the processor's model name, or its architecture where the system does not tell."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(errors="replace").splitlines():
            if line.lower().startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def memory_bytes() -> int:
    """Returns the main memory in bytes, 0 where the system does not tell."""
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 0


def library_version(name: str) -> str:
    """Returns an installed library's version, "absent" where it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "absent"


@functools.cache
def this_code() -> Code:
    """Returns the fingerprint of the code that is running."""
    package = PACKAGE
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    tracked = git(package, "ls-files", "--error-unmatch", "__init__.py") is not None
    # an installed package may lie in a .venv inside of somebody else's checkout
    commit = git(package, "rev-parse", "HEAD") if tracked else None
    changed = bool(commit) and bool(git(package, "status", "--porcelain", "--", str(package)))
    return Code(version=VERSION, source=digest.hexdigest()[:16], commit=commit, changed=changed)


def git(folder: Path, *arguments: str) -> str | None:
    """Returns what a git command prints in the checkout around a folder, None without one or without git."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

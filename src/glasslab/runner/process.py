"""Getting a process ready to train: threads, denormals, determinism, memory."""

import ctypes
import functools
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from glasslab.nets.mkl import choose_kernels

KEPT_BYTES = 2**30  # free memory that the process keeps for its next step
MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1  # glibc's names for them, see mallopt(3)


@contextmanager
def ready_to_train(threads: int, device: str, precision: str = "float32") -> Iterator[None]:
    """Sets this process up so that a run gives the same bits wherever it is in the order of work.

    Threads decide how sums are split, and so the last bits of a result. Denormal numbers are taken as zero:
    on trained weights they can make the same arithmetic many times slower.

    Args:
        threads: for tensor operations on the CPU; put back afterwards.
        device: "cpu", "cuda", "mps".
        precision: as in a recipe.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    keep_memory()
    choose_kernels()
    if device == "cuda":
        torch.backends.cudnn.benchmark = False
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.allow_tf32 = precision == "tf32"  # PyTorch's own default rounds in convolutions
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


@functools.cache
def keep_memory() -> None:
    """Has glibc keep the memory that a step frees for the next one.

    By default it gives large buffers back to the system, which hands them out again page by page, cleared: a
    fifth to two fifths of the time of a recurrent cohort. Nothing changes where the library is another.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(MMAP_THRESHOLD, KEPT_BYTES)
        library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)

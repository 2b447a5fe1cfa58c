"""Getting a process ready to train: threads, denormals, determinism, memory."""

import ctypes
import functools
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from glasslab.nets.mkl import choose_kernels

KEPT_BYTES = 2**30  # free memory that the process keeps for its next step
MOST_BYTES = 2**25  # as large a threshold as some versions of glibc take
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
    flags = cuda_flags()
    if device == "cuda":
        # PyTorch's own defaults choose convolutions by timing them, and round what they multiply
        set_cuda_flags((False, True, precision == "tf32", precision == "tf32"))
    try:
        yield
    finally:
        set_cuda_flags(flags)
        torch.set_flush_denormal(False)
        torch.set_num_threads(before)


def cuda_flags() -> tuple[bool, bool, bool, bool]:
    """Returns cuDNN's benchmark and deterministic flags, and whether it and cuBLAS round to TF32."""
    cudnn, cuda = torch.backends.cudnn, torch.backends.cuda
    return cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, cuda.matmul.allow_tf32


def set_cuda_flags(flags: tuple[bool, bool, bool, bool]) -> None:
    """Sets what `cuda_flags` returns."""
    cudnn, cuda = torch.backends.cudnn, torch.backends.cuda
    cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32, cuda.matmul.allow_tf32 = flags


@functools.cache
def keep_memory() -> None:
    """Has glibc keep the memory that a step frees for the next one.

    By default it gives large buffers back to the system, which hands them out again page by page, cleared: a
    fifth to two fifths of the time of a recurrent cohort. Nothing changes where the library is another.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        if library.mallopt(MMAP_THRESHOLD, KEPT_BYTES) or library.mallopt(MMAP_THRESHOLD, MOST_BYTES):
            library.mallopt(TRIM_THRESHOLD, KEPT_BYTES)

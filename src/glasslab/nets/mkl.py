"""Intel's matrix library on processors that are not Intel's: all of its kernels, for who asks for them.

MKL, which PyTorch multiplies matrices with on x86, asks who made the processor before it asks what the
processor can do, and on AMD's leaves AVX-512 unused: on a Zen 5 it multiplies at 100 GFLOP/s a core where
220 are there. PyTorch's own developers advise to answer for it that the processor is Intel's (pull request
1245 of pytorch/builder). Here that answer is put into the memory of this process, and only where the
environment asks for it: no file is changed, and which instructions there are is still asked of the processor.
"""

import ctypes
import functools
import mmap
import os
import platform
import sys
from pathlib import Path

import torch

from glasslab.errors import UsageError
from glasslab.records.machine import MKL_VARIABLE, mkl_kernels

ANSWER = bytes.fromhex("b801000000c3")  # mov eax, 1; ret
QUESTION = "mkl_serv_intel_cpu_true"
LIBRARY = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
READ, WRITE, EXECUTE = 1, 2, 4


@functools.cache
def choose_kernels() -> bool:
    """Gives MKL all of its kernels where GLASSLAB_MKL is "intel"; returns whether it has them.

    To be called before the first product, when MKL makes its choice; in a process that has multiplied already
    nothing changes.

    Raises:
        UsageError: when the variable asks for what cannot be had here.
    """
    if mkl_kernels() != "intel":
        return False
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        raise UsageError(f"{MKL_VARIABLE}: 'intel' is for Linux on x86-64 processors; unset it")
    try:
        question = getattr(ctypes.CDLL(str(LIBRARY)), QUESTION)
    except (OSError, AttributeError) as error:
        raise UsageError(f"{MKL_VARIABLE}: this PyTorch does not multiply by MKL; unset it") from error
    if not question():
        put_answer(ctypes.cast(question, ctypes.c_void_p).value or 0)
    return True


def put_answer(address: int) -> None:
    """Overwrites the first bytes of a function in this process's memory with "yes".

    Raises:
        UsageError: when the system does not allow it.
    """
    start = address & -mmap.PAGESIZE
    length = address + len(ANSWER) - start
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    if protect(start, length, READ | WRITE | EXECUTE):
        why = os.strerror(ctypes.get_errno())
        raise UsageError(f"{MKL_VARIABLE}: the system does not allow it ({why}); unset it")
    ctypes.memmove(address, ANSWER, len(ANSWER))
    protect(start, length, READ | EXECUTE)

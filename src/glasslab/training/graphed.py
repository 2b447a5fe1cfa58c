"""CUDA graphs: a step's many small kernels recorded once and replayed as one.

On the CPU and elsewhere a step is simply computed. A graph replays what it recorded at the same places in
memory: inputs are copied to where the recording read them, results are read where it left them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

WARM_UP = 3  # steps that are computed before one is recorded: libraries choose and prepare their kernels

Seen = tuple[Tensor, ...]
Compute = Callable[[Tensor, Tensor], Seen]


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded step.

    Attributes:
        graph: what is replayed.
        x: where it reads inputs.
        y: where it reads labels.
        gradients: where it leaves the gradient of each parameter; None where it has none.
        seen: where it leaves what the step showed.
    """

    graph: torch.cuda.CUDAGraph
    x: Tensor
    y: Tensor
    gradients: tuple[Tensor | None, ...]
    seen: Seen


class Graphed:
    """A step without its optimizer: from a batch to gradients and what the step showed.

    Only full batches are recorded: an epoch's ragged last one is computed afresh, and so is everything where
    the network cannot be recorded (its Python depends on numbers that it computes).
    """

    def __init__(
        self,
        compute: Compute,
        parameters: Sequence[Tensor],
        full: int,
        generators: Sequence[torch.Generator] = (),
    ) -> None:
        """Takes what is to be computed.

        Args:
            compute: from inputs and labels to what the step showed; leaves gradients in the parameters.
            parameters: all that it leaves gradients in.
            full: examples of a full batch of a run.
            generators: those it draws from, besides PyTorch's own; seeded before each step.
        """
        self.compute, self.parameters, self.full = compute, parameters, full
        self.generators = generators
        self.recording: Recording | None = None
        self.steps = 0
        self.recordable = True

    def __call__(self, x: Tensor, y: Tensor) -> Seen:
        """Returns what a step on this batch showed."""
        self.steps += 1
        early = self.steps <= WARM_UP
        if x.device.type != "cuda" or not self.recordable or early or y.shape[-1] != self.full:
            return self.compute(x, y)
        if self.recording is None:
            self.record(x, y)
        if self.recording is None:
            return self.compute(x, y)
        return self.replay(self.recording, x, y)

    def record(self, x: Tensor, y: Tensor) -> None:
        """Records a step on batches of this shape, if it can be; recording computes nothing."""
        graph = torch.cuda.CUDAGraph()
        for generator in self.generators:
            graph.register_generator_state(generator)
        inputs, labels = x.clone(), y.clone()
        torch.cuda.synchronize()
        try:
            with torch.cuda.graph(graph):
                seen = self.compute(inputs, labels)
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:
            self.recordable = False
            for parameter in self.parameters:
                parameter.grad = None  # it may lie in the memory of what was not recorded
            return
        gradients = tuple(parameter.grad for parameter in self.parameters)
        self.recording = Recording(graph, inputs, labels, gradients, seen)

    def replay(self, recording: Recording, x: Tensor, y: Tensor) -> Seen:
        """Replays the recorded step on a batch."""
        recording.x.copy_(x)
        recording.y.copy_(y)
        recording.graph.replay()
        for parameter, gradient in zip(self.parameters, recording.gradients, strict=True):
            parameter.grad = gradient
        return recording.seen

"""Tally: statistics of a layer's filters, gathered piece by piece in bounded memory."""

import math

import numpy as np
import torch
from torch import Tensor

from glasslab.probes.subject import Arrays

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SAMPLE = 2**20  # numbers of a layer kept for its quantiles: 4 MB
FEWEST, MOST = 1_000, 16_384  # places of a layer that they are of


class Tally:
    """What each filter of one layer gave, over the examples added so far.

    Mean, deviation, extremes, zeros and means by class are over every place of every example. Quantiles are
    of places drawn evenly among them beforehand, the same ones for each filter of the layer.
    """

    def __init__(
        self, shape: tuple[int, ...], labels: Tensor, classes: int, random: np.random.Generator
    ) -> None:
        """Begins a tally.

        Args:
            shape: of what the layer gives for an example, (F, H, W) or (F,).
            labels: the class of every example that will come, (N,) on the CPU.
            classes: how many there are.
            random: draws the places that quantiles are of.
        """
        filters, self.places = shape[0], math.prod(shape[1:])
        self.member = torch.nn.functional.one_hot(labels, classes).double()
        self.total = len(labels) * self.places
        wanted = min(MOST, max(FEWEST, SAMPLE // filters), self.total)
        self.drawn = np.sort(random.choice(self.total, wanted, replace=False, shuffle=False))
        self.sample: list[Tensor] = []
        self.sums = torch.zeros(filters, dtype=torch.float64)
        self.squares = torch.zeros(filters, dtype=torch.float64)
        self.nonzero = torch.zeros(filters, dtype=torch.float64)
        self.least = torch.full((filters,), math.inf)
        self.most = torch.full((filters,), -math.inf)
        self.by_class = torch.zeros(classes, filters, dtype=torch.float64)

    def add(self, out: Tensor, start: int) -> None:
        """Adds what the layer gave for the examples from `start` on, (B, F, H, W) or (B, F)."""
        values = out.reshape(len(out), out.shape[1], -1)
        values = values if values.dtype in (torch.float32, torch.float64) else values.float()
        # on a CPU, norms take a tenth of the time of var_mean and of count_nonzero
        center = values.mean(2)
        deviation = torch.linalg.vector_norm(values - center[..., None], dim=2).cpu().double()
        nonzero = torch.linalg.vector_norm(values.sign(), ord=1, dim=2)
        mean = center.cpu().double()
        self.sums += mean.sum(0)
        self.squares += (mean**2 + deviation**2 / self.places).sum(0)
        self.nonzero += nonzero.cpu().double().sum(0)
        self.least = torch.minimum(self.least, values.amin(2).amin(0).float().cpu())
        self.most = torch.maximum(self.most, values.amax(2).amax(0).float().cpu())
        self.by_class += self.member[start : start + len(out)].T @ mean
        low, high = np.searchsorted(self.drawn, (start * self.places, (start + len(out)) * self.places))
        rows, places = np.divmod(self.drawn[low:high] - start * self.places, self.places)
        where = (torch.from_numpy(each).to(values.device) for each in (rows, places))
        self.sample.append(values[next(where), :, next(where)].float().cpu())

    def arrays(self) -> Arrays:
        """Returns the statistics; see `glasslab.probes.activations.look`."""
        examples = len(self.member)
        mean = self.sums / examples
        deviation = (self.squares / examples - mean**2).clamp_min(0).sqrt()
        sample = torch.cat(self.sample).numpy()
        return {
            "mean": mean.numpy().astype(np.float32),
            "std": deviation.numpy().astype(np.float32),
            "zeros": (1 - self.nonzero / self.total).numpy().astype(np.float32),
            "least": self.least.numpy(),
            "most": self.most.numpy(),
            "quantiles": np.quantile(sample, QUANTILES, axis=0).T.astype(np.float32),
            "sampled": np.array(len(sample)),
            "values": np.array(self.total),
            "by_class": (self.by_class / self.member.sum(0)[:, None]).numpy().astype(np.float32),
        }

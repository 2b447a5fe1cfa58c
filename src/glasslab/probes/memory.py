"""Memory: what a recurrent network knows after every step, and how its gradient fares through time."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from glasslab.errors import StudyError
from glasslab.nets.trial import trial
from glasslab.plan.probe import Memory
from glasslab.probes.chosen import chosen_rows
from glasslab.probes.layers import left_as_it_was
from glasslab.probes.prospect import Prospect
from glasslab.probes.shown import examples_shown
from glasslab.probes.subject import Arrays, Subject
from glasslab.probes.unrolled import recurrent_layers, unrolling

MOST_PREFIXES = 128  # sequences are read up to so many ends
AT_ONCE = 2**22  # numbers of all states of the examples unrolled together; a graph takes about 20 times that
FITS = (
    "nets 'rnn' (cells rnn, gru, lstm) and 'elman', or a network of your own with nn.RNN, nn.GRU or nn.LSTM"
)


def look(subject: Subject, settings: Memory) -> Arrays:
    """Returns states and answers step by step for a few examples, and gradients through time for many.

    What the network answers after t steps is what it gives for the first t steps alone: for one direction and
    a read-out of the last step, the read-out applied to the state h_t.

    Returns:
        `index`, `labels`, `predicted`, `probability` (M,) of the examples shown, with `pixels` (M, C, H, W)
        of images and `inputs` (M, T, F) float32, unscaled, of sequences; `hidden` (M, T, D * H) float32, the
        top layer's states, the forward direction's first; `steps` (S,), counts of steps, and `answers`
        (M, S, classes) float32, the probabilities after them; `layers` (L,), names of every recurrent layer
        and direction; `gradient` (L, T, N) float32, log10 of the norm of dL/dh_t for each of N examples (-inf
        for 0), L being an example's negative log-probability of its label; `cells` and `cell_gradient`,
        the same of an LSTM's dL/dc_t, of h_t's use of it too; `row`, whether steps are rows of an image.

    Raises:
        StudyError: when the network has no recurrent layer that reads the examples step by step.
    """
    check(subject.prospect, settings)
    test = subject.tensors.test
    rows = chosen_rows(test, settings.images, settings.count, "memory")
    many = np.unique(np.linspace(0, len(test.y) - 1, settings.examples).round().astype(np.int64))
    with left_as_it_was(subject.net):
        arrays = examples_shown(subject, rows)
        if test.x.ndim == 3:
            x = test.x[torch.from_numpy(rows).to(test.x.device)]
            arrays["inputs"] = subject.tensors.scaling.undo(x).cpu().numpy().astype(np.float32)
        arrays["hidden"] = states_of(subject, rows)
        arrays |= answers(subject, rows)
        arrays |= gradients(subject, many)
    return arrays | {"row": np.array(subject.prospect.has_images)}


def check(prospect: Prospect, settings: Memory) -> None:
    """Raises StudyError when the network has no memory that can be followed; says what fits."""
    names = recurrent_layers(prospect.net)
    if not names:
        raise StudyError([f"probes: 'memory' needs a recurrent layer, this network has none; it fits {FITS}"])
    if any(getattr(prospect.net.get_submodule(name), "proj_size", 0) for name in names):
        raise StudyError(["probes: 'memory' cannot follow an LSTM with projections; leave proj_size at 0"])
    if len(prospect.input_shape) not in (2, 3):
        raise StudyError(
            [f"probes: 'memory' needs sequences or images, these examples have {prospect.shape_words}"]
        )
    steps, short = steps_of(prospect.input_shape), max(1, steps_of(prospect.input_shape) // 2)
    for count in (steps, short):
        if steps_read(prospect.net, names, shortened(prospect.input_shape, count)) != count:
            raise StudyError(
                [
                    f"probes: 'memory' needs a network that reads one step (an image's row) after the other "
                    f"and can end at any of them; this one does not read {count} of {steps}; it fits {FITS}"
                ]
            )


def steps_read(net: nn.Module, names: Sequence[str], shape: tuple[int, ...]) -> int | None:
    """Returns how many steps each recurrent layer reads of such an example, None where they differ."""
    seen: set[int] = set()
    layers = [net.get_submodule(name) for name in names]

    def note(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        along = 1 if getattr(module, "batch_first", True) else 0
        is_batch = isinstance(given[0], Tensor) and given[0].ndim == 3
        seen.add(given[0].shape[along] if is_batch else -1)

    handles = [layer.register_forward_pre_hook(note) for layer in layers]
    try:
        trial(net, shape, examples=2)
    except (RuntimeError, ValueError, IndexError):  # what a fixed number of steps is met with
        return None
    finally:
        for handle in handles:
            handle.remove()
    return seen.pop() if len(seen) == 1 else None


def steps_of(shape: tuple[int, ...]) -> int:
    """Returns how many steps an example has: of a sequence (T, F) T, of an image (C, H, W) its rows."""
    return shape[0] if len(shape) == 2 else shape[1]


def shortened(shape: tuple[int, ...], steps: int) -> tuple[int, ...]:
    """Returns the shape of an example that ends after so many steps."""
    return (steps, shape[1]) if len(shape) == 2 else (shape[0], steps, shape[2])


def wide(x: Tensor) -> torch.dtype:
    """Returns the type that steps are worked out in: double, for gradients that all but vanish."""
    return torch.float32 if x.device.type == "mps" else torch.float64


def states_of(subject: Subject, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Returns the top layer's states after each step, (M, T, D * H)."""
    x = subject.tensors.test.x[torch.from_numpy(rows).to(subject.tensors.test.x.device)]
    with torch.no_grad(), unrolling(subject.net, wide(x)) as layers:
        subject.net(x)
    top = layers[-2:] if layers[-1].name.endswith("backwards") else layers[-1:]
    states = torch.cat([torch.stack(each.hidden, 1) for each in top], -1)
    return states.detach().float().cpu().numpy()


def answers(subject: Subject, rows: NDArray[np.int64]) -> Arrays:
    """Returns the probabilities that the network gives after reading only the first steps."""
    x = subject.tensors.test.x[torch.from_numpy(rows).to(subject.tensors.test.x.device)]
    steps = steps_of(tuple(x.shape[1:]))
    ends = np.unique(np.linspace(1, steps, min(steps, MOST_PREFIXES)).round().astype(np.int64))
    along = 1 if x.ndim == 3 else 2
    with torch.inference_mode():
        given = [subject.net(x.narrow(along, 0, end)).float().cpu() for end in ends.tolist()]
        found = torch.stack([subject.probabilities(logits) for logits in given], 1)
    return {"steps": ends, "answers": found.numpy().astype(np.float32)}


def gradients(subject: Subject, rows: NDArray[np.int64]) -> Arrays:
    """Returns the norms of the loss's gradients with respect to every state, for each of many examples."""
    test = subject.tensors.test
    shape = tuple(test.x.shape[1:])
    layers = [subject.net.get_submodule(name) for name in recurrent_layers(subject.net)]
    units = sum(int(getattr(each, "hidden_size", 1)) * getattr(each, "num_layers", 1) for each in layers)
    size = max(1, AT_ONCE // (steps_of(shape) * units))
    pieces = [gradients_at_once(subject, rows[at : at + size]) for at in range(0, len(rows), size)]
    return {
        key: np.concatenate([piece[key] for piece in pieces], axis=-1)
        if "gradient" in key
        else pieces[0][key]
        for key in pieces[0]
    }


def gradients_at_once(subject: Subject, rows: NDArray[np.int64]) -> Arrays:
    """Returns the same for as many examples as are unrolled together."""
    test = subject.tensors.test
    at = torch.from_numpy(rows).to(test.x.device)
    with torch.enable_grad(), unrolling(subject.net, wide(test.x)) as layers:
        logits = subject.net(test.x[at])
        probability = subject.probabilities(logits.to(wide(logits)))
        loss = (
            -probability.gather(1, test.y[at, None]).log().sum()
        )  # examples do not meet: no batch norm learns
    cells = [each for each in layers if each.cell]
    found: Arrays = {
        "layers": np.array([each.name for each in layers]),
        "gradient": norms(loss, [each.hidden for each in layers]),
    }
    if cells:
        found["cells"] = np.array([each.name for each in cells])
        found["cell_gradient"] = norms(loss, [each.cell for each in cells])
    return found


def norms(loss: Tensor, layers: Sequence[Sequence[Tensor]]) -> NDArray[np.float32]:
    """Returns log10 of the norm of the loss's gradient for each layer, step and example, (L, T, N)."""
    states = [state for each in layers for state in each]
    found = torch.autograd.grad(loss, states, retain_graph=True, allow_unused=True)
    sizes = [
        torch.zeros(len(state), dtype=torch.float64) if g is None else g.norm(dim=1).double().cpu()
        for state, g in zip(states, found, strict=True)
    ]
    logarithms = torch.stack(sizes).log10().view(len(layers), len(layers[0]), -1)
    return logarithms.float().numpy()

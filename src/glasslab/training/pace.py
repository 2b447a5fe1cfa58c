"""The pace of a run: how many steps it takes, and after how many it is measured."""

from dataclasses import dataclass

from glasslab.plan.recipe import Course

MEASUREMENTS = 20  # of a run counted in steps that does not say how often


@dataclass(frozen=True, slots=True)
class Pace:
    """Steps in all, in an epoch, and between measurements.

    Attributes:
        examples: in the training set.
        batch_size: examples a step; the last batch of an epoch has what is left.
        steps_per_epoch: batches that one pass over the training set takes.
        steps: optimizer steps of the whole run.
        period: steps between measurements.
    """

    examples: int
    batch_size: int
    steps_per_epoch: int
    steps: int
    period: int

    @classmethod
    def of(cls, course: Course, examples: int) -> "Pace":
        """Returns the pace of a course over so many training examples."""
        batch_size = examples if course.batch_size == "full" else min(course.batch_size, examples)
        steps_per_epoch = -(-examples // batch_size)
        if course.epochs is not None:
            return cls(
                examples, batch_size, steps_per_epoch, course.epochs * steps_per_epoch, steps_per_epoch
            )
        steps = course.steps or 0
        period = course.evaluate_every or -(-steps // MEASUREMENTS)
        return cls(examples, batch_size, steps_per_epoch, steps, min(period, steps))

    def epochs_after(self, step: int) -> int | float:
        """Returns how many passes over the training set so many steps are; whole where it is whole."""
        whole, part = divmod(step, self.steps_per_epoch)
        return whole if part == 0 else round(step / self.steps_per_epoch, 6)

    def measurements_until(self, step: int) -> int:
        """Returns how many measurements there are up to a step, its own included."""
        return -(-step // self.period)

    @property
    def measurements(self) -> int:
        """How many there are in all."""
        return self.measurements_until(self.steps)

    def next_measurement(self, step: int) -> int:
        """Returns the step count at which the run is measured next."""
        return min((step // self.period + 1) * self.period, self.steps)

"""What can go wrong, said so that the person who meets it can mend it: place, rule, value, next step."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class GlasslabError(Exception):
    """Root of every error that glasslab raises on purpose; its text is a sentence for the user."""


class StudyError(GlasslabError):
    """A study that cannot be run as written; carries every problem found, not only the first.

    Attributes:
        problems: one sentence each, beginning with the place ("activations.toml [recipe] lr: ...").
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class DataError(GlasslabError):
    """Data that is missing, damaged, or not what its settings say."""


class RecordError(GlasslabError):
    """A run folder that cannot be read or written."""


class UsageError(GlasslabError):
    """A command or call that cannot mean anything: an unknown study, a missing folder."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns "; did you mean 'x'?" for the closest known name, or a list of what is known.

    Args:
        name: what was written.
        known: every name that would have been accepted.
    """
    names = sorted(set(known))
    lowered = {each.lower(): each for each in names}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{lowered[close[0]]}'?"
    return f"; known: {', '.join(names)}" if names else ""

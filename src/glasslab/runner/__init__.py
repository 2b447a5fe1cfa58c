"""The order of work: from a plan to jobs, to processes that carry them out, to records."""

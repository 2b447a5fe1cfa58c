"""The act: training one run from its settings to its weights."""

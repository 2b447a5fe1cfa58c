"""How to train: losses, optimizers and learning-rate schedules, built from their settings."""

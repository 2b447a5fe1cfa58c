"""Answers: runs and statistics put together into scores, differences, verdicts and sentences."""

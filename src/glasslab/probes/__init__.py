"""Looking inside: what a trained network sees, gives and gets wrong, as arrays."""

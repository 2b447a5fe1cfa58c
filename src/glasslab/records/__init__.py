"""What happened: run folders, metrics, and fingerprints of machine and code."""

"""One module per use case: the order of steps and nothing else."""

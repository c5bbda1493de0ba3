"""An EnOS gateway on this machine, for the demo, for tests and for experiments."""

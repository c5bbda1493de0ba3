"""Emulate an EnOS gateway on this machine, for the demo and for tests."""

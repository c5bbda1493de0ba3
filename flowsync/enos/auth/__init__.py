"""Signatures and access tokens of the platform."""

"""Signatures and access tokens."""

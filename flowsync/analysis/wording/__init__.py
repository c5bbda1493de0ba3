"""Sentences that describe changes."""

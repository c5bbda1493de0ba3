"""Quartz schedules: parser, occurrences and description in words."""

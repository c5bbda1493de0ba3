"""Git for EnOS batch data processing workflows."""

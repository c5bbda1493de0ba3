"""What changed between two documents or two snapshots."""

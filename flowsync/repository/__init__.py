"""The git repository: reading revisions, committing snapshots, healing after a crash."""

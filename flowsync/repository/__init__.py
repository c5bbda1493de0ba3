"""The git repository: read revisions, commit snapshots, recover after a crash."""

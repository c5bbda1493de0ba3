"""What changes mean: findings, impact, consequences, dependents, grouping and fingerprints."""

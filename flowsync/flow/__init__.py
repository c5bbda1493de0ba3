"""The definition of a flow: field table, canonical form and back, links, paths, JSON Schema."""

"""What a flow is: the field table, canonical form, YAML text, layout, task graph, schedule."""

"""The task graph of a flow: reachability, levels, components and the view for pictures."""

"""An EnOS gateway that runs on this machine: for the demo, the tests and trying things out."""

"""Reports of one flow for the show command, one module per format."""

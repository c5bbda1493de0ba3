"""One flow as a report of the show command, one module per format."""

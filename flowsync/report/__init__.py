"""How a result reads, one module per format."""

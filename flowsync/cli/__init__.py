"""One module per command: parse, wire, call one use case, print, exit status."""

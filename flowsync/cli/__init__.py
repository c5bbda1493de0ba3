"""One module per command: parse, wire, call one job, print, exit status."""

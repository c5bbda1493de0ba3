"""A flow as text: reader, writer, line numbers and file layout."""

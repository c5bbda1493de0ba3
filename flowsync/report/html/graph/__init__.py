"""Task graphs as inline SVG: layout, geometry and drawing."""

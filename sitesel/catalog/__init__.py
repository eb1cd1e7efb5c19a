"""What we know: layers, their definitions, and the road graph."""

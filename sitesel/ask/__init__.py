"""What people ask of a run: why, what if, what differs, what a place costs to reach."""

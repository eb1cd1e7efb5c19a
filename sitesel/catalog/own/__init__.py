"""Files of the user's own, taken in as layers."""

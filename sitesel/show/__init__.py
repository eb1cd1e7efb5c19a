"""What people see: the map and the page it lives in."""

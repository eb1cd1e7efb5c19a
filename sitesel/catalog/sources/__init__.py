"""Where layers come from: one module a protocol."""

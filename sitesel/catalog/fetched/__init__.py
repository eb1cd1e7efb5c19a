"""Layers fetched from their publishers: kept, compared, put in place."""

"""What we measure: pure functions of candidates and a layer's features, in raw units."""

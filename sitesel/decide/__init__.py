"""What we conclude: numpy in, numpy out; no geometry library is imported here."""

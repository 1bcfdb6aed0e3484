"""Makes golden vectors, good and bad, from fixed seeds."""

"""The proof that the record has no gaps: everything real, cut and killed at random, then compared row by row."""

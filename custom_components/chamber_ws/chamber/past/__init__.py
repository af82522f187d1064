"""What was: numbers that are missing, batches that are fetched, times that are found out later."""

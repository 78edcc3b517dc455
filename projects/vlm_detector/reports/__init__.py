"""Reports that only models that answer in words have."""

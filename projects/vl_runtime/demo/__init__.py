"""A data set that draws itself and the run that learns from it, on a laptop, in minutes."""

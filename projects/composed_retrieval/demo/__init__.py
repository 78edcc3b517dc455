"""A data set of shapes that draws itself, and the run that learns composed retrieval from it."""

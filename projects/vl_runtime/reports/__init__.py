"""What a person looks at after a run: curves, tables, pages."""

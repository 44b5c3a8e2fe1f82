"""Pictures of learning: curves, films, maps, and bars of progress."""

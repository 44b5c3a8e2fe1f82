"""What is remembered of the past, to learn from it again."""

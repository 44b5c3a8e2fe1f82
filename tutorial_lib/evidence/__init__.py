"""What makes a result count: evaluation, many seeds, and runs that can be saved and resumed."""

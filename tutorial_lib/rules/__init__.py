"""The update rules' parts as pure functions, most of them saved from the notebooks."""

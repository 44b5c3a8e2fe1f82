"""Functions that return a built keras.Model."""

"""Personal data under a key per customer: whoever destroys the key has erased the data."""

"""What a customer reads: the statement, the texts, the letters."""

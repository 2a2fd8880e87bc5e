"""What carries a message out of the house. Channels do not know each other."""

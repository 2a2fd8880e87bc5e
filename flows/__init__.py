"""What a person or a schedule starts: one file per deployment, and the terminal."""

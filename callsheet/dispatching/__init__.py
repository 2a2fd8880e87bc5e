"""What may leave, leaves once: the last look, the claim, the outcome."""

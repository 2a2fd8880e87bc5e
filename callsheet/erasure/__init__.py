"""Erasure: a customer's personal data is destroyed, and the record still verifies."""

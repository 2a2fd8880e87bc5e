"""The made-up company of the sample: its group, its customers, their items."""

"""Provider events come in here: checked, stored durably, then acknowledged. Nothing else."""

"""What is to be done today, frozen before anything leaves."""

"""Scenarios and who gets which: files a collector can edit, read strictly."""

"""What people do and say: confirm, call, post, promise, dispute, hold."""

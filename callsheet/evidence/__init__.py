"""What proves that a message went, arrived or came back, and how a doubt is closed."""

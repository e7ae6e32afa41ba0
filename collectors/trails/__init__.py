"""What was once true of a name: spending a small budget on it, reading histories, and saying what changed and when."""

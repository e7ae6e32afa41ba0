"""Reads what files say about who made them: one module a format, all of it in a child process that may do nothing."""

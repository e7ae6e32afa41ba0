"""Asking the DNS about a name: the questions, and what their answers mean."""

"""Listens: Slack, HTTP and the shell. Parses, asks the guard, calls the verbs of tasks, answers at once."""

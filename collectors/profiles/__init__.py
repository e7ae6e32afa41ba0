"""Public profiles: the services that show them, how each is read, and what links one to another."""

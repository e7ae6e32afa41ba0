"""What is open to the internet, as others have seen it: services, rules about them, and weaknesses by version."""

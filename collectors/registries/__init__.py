"""What registries say: where each answers (RDAP, port 43), and their answers read into one shape."""

"""What sources claim about somebody, and which of these claims belong to one and the same."""

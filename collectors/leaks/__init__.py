"""Reading what leaked: breaches and pastes as Have I Been Pwned lists them, and how much each should worry."""

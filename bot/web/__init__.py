"""What the bot's process serves over HTTP."""

"""What everything else stands on: nouns, memory and voice. Imports no other package of ours."""

VERSION = "0.1.0"

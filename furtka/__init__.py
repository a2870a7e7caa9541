"""The command line: the stack on a laptop, and what operators do."""

"""The command line: run the stack on one machine, and operators' commands."""

"""What the command line can do: one file for each command of `b12bot`."""

"""The commands of `qa`, a family a file: they parse, wire and print, and own no logic."""

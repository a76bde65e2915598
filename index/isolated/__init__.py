"""Reads files with parsers that can crash or hang, in a process of their own."""

"""The Model Context Protocol: agents and editors ask the same session as the terminal does."""

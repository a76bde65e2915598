"""All output to a terminal: responses, safe text, stdout and stderr, progress."""

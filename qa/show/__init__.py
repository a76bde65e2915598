"""The one way out to a terminal: responses as text, styled lines, output and progress."""

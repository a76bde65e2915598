"""The commands of `qa`, one file each. They parse, wire and print; the logic is elsewhere."""

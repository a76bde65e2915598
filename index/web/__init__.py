"""Web addresses as articles: fetched when the user gives one, then read from a snapshot."""

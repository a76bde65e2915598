"""Stores on a server of OceanBase or seekdb, which is reached as a MySQL server is."""

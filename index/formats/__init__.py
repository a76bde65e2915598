"""The file formats of articles: one module each, behind one interface."""

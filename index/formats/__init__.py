"""The kinds of files that articles come as, one module each, behind one interface."""

"""How the reader's model was trained, and can be trained again: `python -m qa.train --help`.

files -> questions -> examples (windows, negatives) -> fit -> checkpoint -> exported model
"""

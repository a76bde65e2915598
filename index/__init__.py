"""Articles in, ranked passages out: reading, splitting, encoding, storing and searching.

Nothing here prints, reads the environment, or imports `qa`, rich or textual. Settings are
passed as arguments. Imports point one way:

    types, errors, question, words
      <-  scan | split | formats | models | store
      <-  load
      <-  search, sync
"""

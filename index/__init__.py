"""Articles in, ranked passages out: reading, splitting, encoding, storing and searching.

Nothing here prints, reads the environment or knows of `qa`, rich or textual; settings
arrive as arguments. Imports point one way:

    types, errors
      <-  scan | split | formats | models | store
      <-  load
      <-  search, sync
"""

"""Articles in, ranked passages out: reading, splitting, encoding, storing and searching.

Nothing here prints, reads the environment or knows of `qa`, rich or textual; settings
arrive as arguments. Imports point one way:

    types, errors
      <-  scan, load | split | models, runner, export, encode | vectors, database, checksum, store
      <-  search, sync, check
"""

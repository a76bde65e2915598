"""What the tests share: fakes, corpora, programs to run, hostile text."""

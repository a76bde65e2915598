"""Where articles, passages, vectors and words are kept between questions."""

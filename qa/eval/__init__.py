"""Questions with known answers, and the figures that come of asking them."""

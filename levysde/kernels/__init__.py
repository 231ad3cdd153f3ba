"""The compiled loops, one per file, and the blocks that are plugged into them."""

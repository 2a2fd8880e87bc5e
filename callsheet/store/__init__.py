"""Where everything is kept: one warehouse on two engines, and the lake."""

"""Where receivables come from: sources, and how their words become ours."""

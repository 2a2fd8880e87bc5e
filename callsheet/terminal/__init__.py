"""The commands a person types: each reads settings, calls the core and prints what came of it."""

"""The seams to the world, as small Protocols; the store and the adapters implement them."""

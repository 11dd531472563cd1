"""The steps of the loop. They act through ports; the store and the adapters are handed in."""

"""The bare floors: what the work costs at least, storing text as received, as short as it can be written."""

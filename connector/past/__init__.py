"""A company's past, wired: history from files, the playbooks tried on it, the model that learns from it."""

"""History from CSV files, so that a playbook can be tried before anything is connected."""

"""The core of Leadloop: leads, sync and rules. It knows no vendor and opens no socket."""

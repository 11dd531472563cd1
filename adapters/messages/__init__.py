"""Channels to colleagues: e-mail over SMTP, Slack and Teams over incoming webhooks.

Each answers what became of a letter and never sends one twice when its fate is not known.
"""

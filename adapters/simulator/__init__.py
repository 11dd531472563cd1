"""The CRM simulators: stateful servers with the vendors' rules, and nothing of the product inside.

They import nothing of ``connector``, ``jobs`` or the real adapters, so that a misreading of a vendor
cannot be made twice by shared code.
"""

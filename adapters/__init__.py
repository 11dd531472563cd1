"""Everything that knows a vendor. The core never imports this package; adapters never import each other."""

"""What both teams agreed on, as typed rules: conditions, scoring, stages, mapping. Compiles to SQL, never runs it."""

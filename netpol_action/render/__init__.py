"""Model values to text: tables, JSON, dot, mermaid. Writes nothing and starts nothing."""

"""`diagnose collect`: a plan for each host, raw bytes, and a manifest; nothing is parsed here."""

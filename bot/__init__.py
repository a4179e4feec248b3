"""The B12 clinic assistant: reads patients, decides by reviewed rules, explains itself."""

"""The doors that patients use."""

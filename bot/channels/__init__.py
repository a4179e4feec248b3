"""Carries: one file for each door a patient uses."""

"""Decides: findings in; urgency, lab grades, indications, clot risk and summary out.  Standard library only."""

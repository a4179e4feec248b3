"""One turn, from arrival to reply."""

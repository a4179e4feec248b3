"""Co-ordinates one turn, hand-over, alerts, review, export and erasure."""

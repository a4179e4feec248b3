"""Shows staff the inbox and the conversations, as an application of its own."""

"""Two scripted patients, a talkative and a terse one, that answer whatever is asked from a fact sheet."""

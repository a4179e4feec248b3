"""Plugs into Rasa: agent, graph components, policies, in-process actions, tracker store."""

"""Circuit breakers: measures, pure valves over them, and the state a person closes again."""

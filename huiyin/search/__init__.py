"""Search over cases: words of their texts as keyed tokens, exact look-ups of people, lists to take away."""

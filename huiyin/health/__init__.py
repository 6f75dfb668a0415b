"""What those who run an installation ask of it: is it alive, can it work, how far behind is it. Never anything about a person or a case."""

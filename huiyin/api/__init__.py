"""The JSON API under /api/: the same verbs as the pages, for other systems. Described by /api/openapi.json and docs/api.md."""

"""Webhooks: other systems are told, signed, what happened to cases that they may see. No personal data leaves by this way."""

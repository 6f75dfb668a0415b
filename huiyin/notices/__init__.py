"""Notices that follow from events: queued in the same transaction as the event, sent later, each at most once unless a person says so."""

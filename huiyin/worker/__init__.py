"""What goes on by itself: passed limits, warnings, the outbox, webhooks, the daily anchor, what is past its age. Any number of workers at once."""

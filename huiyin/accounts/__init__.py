"""Who comes in and how: second factors, sessions, single sign-on, limits of attempts; and the log of who looked at what."""

"""Files that people hand in and that the office makes: taken in, looked at, kept closed, handed out. Knows ids of cases, not cases."""

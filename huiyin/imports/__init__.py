"""Taking over cases from files: a map says what each column means, every row goes the way a registration goes (docs/import.md)."""

"""Everything that is owed, in one table: limits of cases, and what entries of registers owe. One to-do list, one overdue list."""

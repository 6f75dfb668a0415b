"""Everything that is owed, in one table: limits of cases and recurring duties. One to-do list, one overdue list."""

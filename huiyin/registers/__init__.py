"""Registers: what is not a case but belongs to the office. One set of tables and acts for all; what each register is stands in the rules."""

"""The pure core: calendar, rules, `decide` and `dues`. No Django, no database, no clock; times are naive local times of the body's zone."""

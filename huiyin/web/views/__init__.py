"""Pages, one view a verb. Rules are asked of cases; here is only what a browser sends and sees."""

"""How any student learns: knows no teacher, no pandas, no files."""

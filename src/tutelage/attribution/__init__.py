"""How importance is computed, for teachers, students and evaluation alike: arrays only."""

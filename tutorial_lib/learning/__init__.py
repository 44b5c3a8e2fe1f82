"""From a rule to a program that learns: policies, collectors, and compiled loops."""

"""Where agents live: Gymnasium environments, alone or many at once, and worlds written as tables."""

"""How a target network follows the online network."""


def polyak_update(online, target, rate):
    """θ⁻ ← (1 − τ) θ⁻ + τ θ, with rate τ in (0, 1]: a soft update (Lillicrap et al., 2016).

    Raises:
      ValueError: rate outside (0, 1], or networks of different shapes.
    """
    if not 0 < rate <= 1:
        raise ValueError(f"rate must be in (0, 1], got {rate}")
    shapes = [[tuple(variable.shape) for variable in network.variables] for network in (online, target)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"both networks need variables of the same shapes, got {shapes[0]} and {shapes[1]}")
    for source, variable in zip(online.variables, target.variables, strict=True):
        variable.assign(source if rate == 1 else variable + rate * (source - variable))


def hard_update(online, target):
    """θ⁻ ← θ: the target network becomes a copy (Mnih et al., 2015)."""
    polyak_update(online, target, 1)

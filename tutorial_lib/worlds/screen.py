"""CartPole from the screen: what its picture shows around the cart, drawn by tensors or cut out of pixels.

As tensors the drawing is part of the compiled program. A patch differs from Gymnasium's own by 0.002 on
average, of an ink from 0 to 1, and by up to 0.1 in single blocks; a difference by a sixth of what moves.
"""

import gymnasium as gym
import numpy as np
import tensorflow as tf
from gymnasium import spaces

from tutorial_lib.worlds.classic import CartPole
from tutorial_lib.worlds.wrappers import View

# Gymnasium's picture of CartPole, in its pixels from the lower left corner of the screen
WIDTH, HEIGHT, PER_METRE = 600, 400, 125
RAIL, AXLE, AXLE_RADIUS = 100, 107.5, 5  # heights, and the radius
CART_WIDTH, CART_HEIGHT, POLE_WIDTH, POLE_LENGTH = 50, 30, 10, 125
POLE_INK, AXLE_INK = 0.368, 0.454  # 0 is white, 1 black, as rail and cart are
GREY = np.float32([0.299, 0.587, 0.114])  # how bright red, green and blue seem to the eye
# The patch: 24 rows of 16 blocks of 6 × 6 pixels, from the lower edge of the cart to the top of the pole
BLOCK, ROWS, COLUMNS, LOWEST = 6, 24, 16, 85
TOP, HALF = LOWEST + BLOCK * ROWS, BLOCK * COLUMNS // 2


def screened(world):
    """A view of CartPole: a patch of the screen, centred on the cart, [24, 16, 1], 0 white … 1 black.

    Each number is the mean of 6 × 6 pixels of Gymnasium's picture. Nothing in it moves by itself: speeds
    are hidden, and the place of the cart is, except near an end of the rail.

    Raises:
      ValueError: a world that is not CartPole; no other is drawn here.
    """
    return ScreenedWorld(world)


def screen_difference(world):
    """A view of CartPole: how the patch has changed, what is there now minus what was one step ago.

    Both are cut out where the cart is *now*, as if the camera had stood still between the two: [24, 16, 1],
    −1 … 1. At the start of an episode nothing has moved yet: all zeros.

    Raises:
      ValueError: as for `screened`.
    """
    return ScreenDifferenceWorld(world)


class ScreenedWorld(View):
    """See `screened`. States are the inner world's."""

    render_mode = "rgb_array"  # of Gymnasium's environment, whose pixels are the observation

    def __init__(self, world):
        super().__init__(checked(world), patch_space(), ScreenObservation)
        self.initial, self.transition = world.initial, world.transition
        self.reward, self.terminal = world.reward, world.terminal

    def observation(self, state):
        """[N, 24, 16, 1]."""
        return draw(state, state)


class ScreenDifferenceWorld(View):
    """See `screen_difference`. A state is a pair: the inner world's, and the one before it."""

    render_mode = "rgb_array"

    def __init__(self, world):
        super().__init__(checked(world), patch_space(-1.0), ScreenDifferenceObservation)

    def initial(self, generator, num_envs):
        """N starts of the inner world; nothing was before."""
        inner = self.world.initial(generator, num_envs)
        return inner, inner

    def transition(self, state, action, generator=None):
        """The inner world's; what was now is before."""
        return self.world.transition(state[0], action, generator), state[0]

    def observation(self, state):
        """[N, 24, 16, 1]."""
        now, before = state
        return draw(now, now) - draw(before, now)

    def reward(self, state, action, next_state):
        """The inner world's."""
        return self.world.reward(state[0], action, next_state[0])

    def terminal(self, state):
        """The inner world's."""
        return self.world.terminal(state[0])


def checked(world):
    """The world, if it is one that is drawn here."""
    if not isinstance(world, CartPole):
        raise ValueError(f"only CartPole is drawn on the screen here, got {type(world).__name__}")
    return world


def patch_space(low=0.0):
    """The space of patches, or of their differences."""
    return spaces.Box(low, 1.0, (ROWS, COLUMNS, 1))


def draw(state, seen_from):
    """What states [N, 4] look like in the patch around the carts of other states [N, 4]: [N, 24, 16, 1].

    As on the screen, corners lie on whole pixels: what moves by less is not seen to move.
    """
    cart, theta = column(state), state[:, 2, None, None]  # [N, 1, 1]
    blocks = BLOCK * (tf.range(COLUMNS, dtype=tf.float32) + 0.5)
    across = tf.floor(column(seen_from)) - HALF + blocks  # [N, 1, 16] px, middles of blocks
    height = TOP - BLOCK * (tf.range(ROWS, dtype=tf.float32)[:, None] + 0.5)  # [24, 1] px, top row first
    place, half = tf.floor(cart), CART_WIDTH / 2
    picture = covered(height, RAIL, RAIL + 1) * tf.ones_like(across)
    low = RAIL - CART_HEIGHT / 2
    box = covered(height, low, low + CART_HEIGHT + 1) * covered(across, place - half, place + half + 1)
    picture += box * (1.0 - picture)
    picture += pole(cart, theta, across, height) * (POLE_INK - picture)
    from_axle = tf.sqrt(tf.square(across - place - 0.5) + tf.square(height - AXLE))
    picture += covered(from_axle, -AXLE_RADIUS, AXLE_RADIUS) * (AXLE_INK - picture)
    return (picture * covered(across, 0.0, WIDTH))[..., None]  # beside the screen there is nothing


def column(state):
    """The middle of the cart in pixels from the left: [N, 4] -> [N, 1, 1]."""
    return state[:, 0, None, None] * PER_METRE + WIDTH / 2


def pole(cart, theta, across, height):
    """How much of each block the pole covers: [N, 24, 16]."""
    sin, cos = tf.sin(theta), tf.cos(theta)

    def end(along):
        """The middle of an end of the pole, whose two corners lie on whole pixels: [N, 1, 1] each."""
        x, y = cart + along * sin, AXLE + along * cos
        sides = [(tf.floor(x + s * cos), tf.floor(y - s * sin)) for s in (-POLE_WIDTH / 2, POLE_WIDTH / 2)]
        return [(one + other + 1) / 2 for one, other in zip(*sides, strict=True)]

    (x0, y0), (x1, y1) = end(-POLE_WIDTH / 2), end(POLE_LENGTH - POLE_WIDTH / 2)
    length = tf.sqrt(tf.square(x1 - x0) + tf.square(y1 - y0))
    right, up = (x1 - x0) / length, (y1 - y0) / length  # the direction of the pole
    along = (across - x0) * right + (height - y0) * up
    aside = (across - x0) * up - (height - y0) * right
    half = (POLE_WIDTH + 1) / 2
    return covered(along, 0.0, length) * covered(aside, -half, half)


def covered(middle, low, high):
    """The share of blocks around `middle` that lies between low and high, along one axis."""
    inside = tf.minimum(middle + BLOCK / 2, high) - tf.maximum(middle - BLOCK / 2, low)
    return tf.clip_by_value(inside / BLOCK, 0.0, 1.0)


class ScreenObservation(gym.ObservationWrapper):
    """The same view of Gymnasium's CartPole as `screened` of a world, from its pixels alone.

    Raises:
      ValueError: an environment that was not made with render_mode="rgb_array".
    """

    low = 0.0

    def __init__(self, env):
        super().__init__(env)
        if env.render_mode != "rgb_array":
            raise ValueError(f'make the environment with render_mode="rgb_array", got {env.render_mode!r}')
        self.observation_space = patch_space(self.low)

    def observation(self, observation):
        """[24, 16, 1]."""
        frame = self.env.render()
        return cut(frame, find_cart(frame))


class ScreenDifferenceObservation(ScreenObservation):
    """The same view of Gymnasium's CartPole as `screen_difference` of a world."""

    low = -1.0

    def reset(self, **options):
        """Forgets the last picture."""
        self.before = None
        return super().reset(**options)

    def observation(self, observation):
        """[24, 16, 1]."""
        now = self.env.render()
        before, self.before = now if self.before is None else self.before, now
        cart = find_cart(now)
        return cut(now, cart) - cut(before, cart)


def find_cart(frame):
    """The column of the cart's middle in a picture [400, 600, 3]: below the rail nothing else is black."""
    black = np.flatnonzero(frame[HEIGHT - RAIL + 5, :, 0] < 128)
    left, right = black[0], black[-1]  # one of them may be cut off by the border of the screen
    return int(left + CART_WIDTH // 2 if left > 0 else right - CART_WIDTH // 2)


def cut(frame, middle):
    """The patch around a column of a picture [400, 600, 3], white beside the screen: [24, 16, 1]."""
    left, right = middle - HALF, middle + HALF
    inside = frame[HEIGHT - TOP : HEIGHT - LOWEST, max(left, 0) : right]
    ink = np.pad(1.0 - inside @ GREY / 255, [(0, 0), (max(-left, 0), max(right - WIDTH, 0))])
    return ink.reshape(ROWS, BLOCK, COLUMNS, BLOCK).mean(axis=(1, 3), dtype=np.float32)[..., None]

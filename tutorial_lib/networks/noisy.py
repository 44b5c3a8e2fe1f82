"""A layer whose weights are drawn anew, so that a network explores by itself."""

import keras
import tensorflow as tf


class NoisyDense(keras.layers.Layer):
    """A dense layer with learned noise on its weights (Fortunato et al., 2018): [B, inputs] -> [B, units].

        y = x W + b + ((x ∘ f(ε)) Σ + σ) ∘ f(ε′),    f(ε) = sign(ε) √|ε|,    ε, ε′ ~ N(0, 1)

    The noise is that of two vectors, one number per input and one per unit, drawn anew at each call with
    `training=True`, once for all rows; without it the layer has none.

    Args:
      units: at least 1.
      generator: a tf.random.Generator; it draws the noise, also in compiled programs.
      activation: any Keras activation; None is linear.
      sigma: σ₀ ≥ 0; Σ and σ start at σ₀ / √inputs.

    Raises:
      ValueError: fewer than 1 unit, or σ₀ < 0.
    """

    def __init__(self, units, generator, *, activation=None, sigma=0.5):
        super().__init__()
        if units < 1 or sigma < 0:
            raise ValueError(f"NoisyDense needs units ≥ 1 and sigma ≥ 0, got {units} and {sigma}")
        self.units, self.sigma, self.generator = int(units), sigma, generator
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        inputs, bound = input_shape[-1], input_shape[-1] ** -0.5
        first = lambda: keras.initializers.RandomUniform(-bound, bound)  # noqa: E731
        spread = keras.initializers.Constant(self.sigma * bound)
        self.kernel = self.add_weight(shape=(inputs, self.units), initializer=first(), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer=first(), name="bias")
        self.kernel_sigma = self.add_weight(
            shape=(inputs, self.units), initializer=spread, name="kernel_sigma"
        )
        self.bias_sigma = self.add_weight(shape=(self.units,), initializer=spread, name="bias_sigma")

    def call(self, x, training=False):
        y = x @ self.kernel + self.bias
        if training:
            of_inputs, of_units = self.noise(x.shape[-1]), self.noise(self.units)
            y += ((x * of_inputs) @ self.kernel_sigma + self.bias_sigma) * of_units
        return self.activation(y)

    def noise(self, size):
        """f(ε) of `size` numbers ε."""
        epsilon = self.generator.normal([size])
        return tf.sign(epsilon) * tf.sqrt(tf.abs(epsilon))

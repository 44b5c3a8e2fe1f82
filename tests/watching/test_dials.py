import ipywidgets
import matplotlib.pyplot as plt
import pytest

from tutorial_lib.watching.dials import dial


def draw(value):
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.plot([0, value])
    axes.set_title(f"{value}")
    return figure


def test_each_turn_draws_the_new_value_and_leaves_no_figure_open():
    drawn = []
    slider = ipywidgets.IntSlider(3, min=1, max=5)
    widget = dial(lambda value: drawn.append(value) or draw(value), slider)
    knob, picture = widget.children
    first = bytes(picture.value)
    assert knob is slider
    assert first.startswith(b"\x89PNG")
    slider.value = 5
    assert drawn == [3, 5]
    assert bytes(picture.value).startswith(b"\x89PNG") and bytes(picture.value) != first
    assert not plt.get_fignums()


def test_what_is_no_figure_is_named():
    with pytest.raises(TypeError, match="must return a figure for the value 2, got 4"):
        dial(lambda value: 2 * value, ipywidgets.IntSlider(2))

"""Pictures of chains and rates: what they must show, for every kind of chain."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import levysde as ls

WELLS = ls.MultiWell(x=[-1.0, -0.4, 0.2, 1.0, 2.2], u=[-1, 0, -0.8, 0.1, -0.6])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(ax):
    ax.figure.canvas.draw()
    return [text.get_text() for text in [*ax.texts, *ax.get_xticklabels()]]


def test_the_tree_of_a_chain():
    chain = ls.wells.chain(ls.SDE(WELLS, 0.02 * ls.AlphaStable(1.5)))
    ax = ls.plot(chain, color="red")
    trees = [line for line in ax.lines if len(line.get_xdata()) == 4]
    assert [line.get_ydata()[1] for line in trees] == [merge.time for merge in chain.hierarchy]
    assert {line.get_color() for line in trees} == {"red"}
    assert any("51.7 %" in text for text in texts(ax))
    assert ax.get_yscale() == "log"


def test_chains_without_a_tree():
    one_way = ls.wells.chain(ls.SDE(WELLS, 0.005 * ls.AlphaStable(0.7, 1.0)))
    assert any("nothing merges" in text for text in texts(ls.plot(one_way)))
    one = ls.wells.chain(ls.SDE(ls.Quadratic(), 0.1 * ls.AlphaStable(1.5)))
    assert any("100 %" in text for text in texts(ls.plot(one)))
    loud = ls.wells.chain(ls.SDE(WELLS, 0.9 * ls.AlphaStable(1.5)))
    assert "outside its regime" in ls.plot(loud).get_title(loc="left")
    plane = ls.wells.chain(ls.SDE(ls.MullerBrown(), 2.0 * ls.Brownian()))
    assert any("(−0.558, 1.44)" in text for text in texts(ls.plot(plane)))


def test_rates_beside_each_other(seed):
    sde = ls.SDE(WELLS, 0.1 * ls.AlphaStable(1.5))
    counts = ls.wells.count_transitions(sde, t=20.0, n_paths=20, dt=0.004, rng=seed)
    comparison = counts.compare(ls.wells.chain(sde))
    ax = ls.plot(comparison)
    assert "0 → 2" in texts(ax)
    low, high = ax.get_ylim()
    measured = counts.generator[~np.eye(3, dtype=bool)]
    assert np.all(measured[measured > 0] > low)
    assert np.all(measured < high)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any("first big jump" in label for label in labels)
    alone = ls.plot(counts.compare())
    assert len(alone.get_legend().get_texts()) <= 2

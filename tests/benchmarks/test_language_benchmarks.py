"""What the benchmarks of language models conclude from known answers."""

import argparse

import llm_order
import llm_tokens
import memory_ablation
import numpy as np
import pytest


def orders(n: int, rounds: int, k: int) -> np.ndarray:
    """Places of k items in several orders, for each of n people."""
    luck = np.random.default_rng(1)
    return luck.permuted(np.tile(np.arange(k, dtype=np.int32), (n, rounds, 1)), axis=2)


def test_the_order_audit_finds_a_bias_towards_the_top_and_its_size() -> None:
    place = orders(60, 6, 10)
    taste = np.random.default_rng(2).normal(5, 2, (60, 1, 10))
    noise = np.random.default_rng(3).normal(0, 0.5, place.shape)
    value, low, high = llm_order.ratio(llm_order.slope(taste - 0.3 * place + noise, place))
    assert low < -0.3 < high
    assert value == pytest.approx(-0.3, abs=0.02)


def test_the_order_audit_finds_nothing_where_wants_do_not_move() -> None:
    place = orders(20, 4, 10)
    want = np.broadcast_to(np.random.default_rng(2).normal(5, 2, (20, 1, 10)), place.shape)
    assert llm_order.ratio(llm_order.slope(want, place))[0] == pytest.approx(0, abs=1e-12)
    assert llm_order.ratio(llm_order.distance(want)) == (0, 0, 0)


def test_distances_leave_out_what_was_not_answered() -> None:
    want = np.array([[[1.0, 2.0], [4.0, np.nan]]])
    assert [one.tolist() for one in llm_order.distance(want)] == [[3.0], [1.0]]


def test_the_scripted_model_wants_an_item_alike_wherever_it_stands(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSTUDY_CACHE_DIR", str(tmp_path))
    chosen = argparse.Namespace(
        model="scripted", base_url=None, scenario="llm_users", set=[], data=None, people=6, orders=3
    )
    want, place, whole = llm_order.asked(chosen)
    assert whole.all() and np.ptp(want[np.isfinite(want).all(axis=(1, 2))], axis=1).max() == 0
    assert (np.ptp(place, axis=1) > 0).any(), "the orders differ"


def test_a_prefix_ends_at_the_first_byte_that_differs() -> None:
    assert llm_tokens.shared_prefix(b"abcde", b"abxde") == 2
    assert llm_tokens.shared_prefix("é".encode(), "è".encode()) == 1


def test_what_a_prompt_tells_from_memory_is_found_whatever_the_order_of_items() -> None:
    one = 'You remember:\n- "a"\n- "b"\nPage:\ni1 "Heat" to you: "like \\"Fargo\\""\ni2 "Alien"\n</data x>'
    other = 'You remember:\n- "a"\n- "b"\nPage:\ni1 "Alien"\ni2 "Heat" to you: "like \\"Fargo\\""\n</data x>'
    assert memory_ablation.told(one) == memory_ablation.told(other)
    assert memory_ablation.told(one) == ('- "a"\n- "b"', (("Heat", '"like \\"Fargo\\""'),))


@pytest.mark.parametrize(("prompt", "want", "inert"), [("x", 1.0, True), ("y", 2.0, False)])
def test_a_part_that_moves_nothing_is_called_inert(prompt: str, want: float, inert: bool) -> None:
    def lived(text: str, want: float) -> memory_ablation.Lived:
        key = ("control", "ann", 0)
        return memory_ablation.Lived(
            prompts={key: f'You remember:\n- "{text}"\nPage:\n'}, wants={key: {"m1": want, "m2": 0.5}}
        )

    found = memory_ablation.difference(lived("x", 1.0), lived(prompt, want))
    assert found.is_none is inert
    assert found.logits == pytest.approx((want - 1.0) / 2)

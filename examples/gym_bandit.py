"""A linear bandit that learns what 300 simulated people click, against pages by lot.

python examples/gym_bandit.py
"""

import numpy as np

import simulator

EXPLORE, STEPS = 0.001, 40  # the chance of each item to be put first, to learn about it
envs = simulator.make("Understudy-v0", num_envs=300, scenario={"population": {"size": 300}}, reward="clicks")
items, popular = envs.catalog.categories, np.log1p(np.bincount(envs.log.item, minlength=len(envs.catalog)))


def clicks_a_page(learns: bool) -> float:
    """Mean over all pages. E[click] = w · (1, popularity of the item, its likeness to what the person chose)."""
    rng, gram, target, paid, pages = np.random.default_rng(1), np.eye(3), np.zeros(3), 0.0, 0
    seen, info = envs.reset(seed=1)
    for _ in range(STEPS):
        likeness, w = seen["profile"] @ items.T, np.linalg.solve(gram, target)
        score = rng.random(likeness.shape)  # luck breaks ties, and is all where an item is explored
        if learns:
            score = np.where(score < EXPLORE, 9, w[1] * popular + w[2] * likeness + 1e-6 * score)
        slates = np.argsort(-np.where(info["action_mask"], score, -9), axis=1)[:, : envs.single_action_space.shape[0]]
        here = np.flatnonzero(seen["present"])
        z = np.stack([np.ones(slates.shape), popular[slates], np.take_along_axis(likeness, slates, 1)], 2)[here]
        seen, reward, _, ended, info = envs.step(slates)
        clicked = (np.stack([f["clicked"] for f in info["final_obs"]]) if ended.any() else seen["clicked"])[here]
        gram, target = gram + np.einsum("nki,nkj->ij", z, z), target + np.einsum("nki,nk->i", z, clicked)
        paid, pages = paid + reward.sum(), pages + here.size
    return paid / pages


print(f"by lot:     clicks a page {clicks_a_page(learns=False):.3f}")
print(f"the bandit: clicks a page {clicks_a_page(learns=True):.3f}")

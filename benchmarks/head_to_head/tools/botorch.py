"""BoTorch: its plain Gaussian process on one-hot columns, with its own interval, noise included."""

import numpy as np
import pandas as pd
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Normalize
from gpytorch.mlls import ExactMarginalLogLikelihood

from tools.common import HALF_WIDTH, Seen, answer, one_hot


def process(seen: Seen, asked: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """Return what the process says."""
    card = one_hot(scale=False).fit(seen.card)
    inputs, queries = (torch.tensor(card.transform(cards), dtype=torch.float64) for cards in (seen.card, asked))
    outcomes = torch.tensor(seen.outcomes, dtype=torch.float64)[:, None]
    model = SingleTaskGP(inputs, outcomes, input_transform=Normalize(inputs.shape[1]))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    told = model.posterior(queries, observation_noise=True)
    mean, deviation = (part.detach().numpy()[:, 0] for part in (told.mean, told.variance.sqrt()))
    return mean, mean - HALF_WIDTH * deviation, mean + HALF_WIDTH * deviation


if __name__ == "__main__":
    answer("botorch", {"SingleTaskGP(), one-hot, mean fill, normalised": process})

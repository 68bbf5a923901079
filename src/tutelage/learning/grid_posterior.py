"""Posterior and evidence of one belief in a teacher, at many sizes of signal and noise at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

from tutelage.learning.moments import Spectrum

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SizeGrid:
    """The sizes that a belief allows, point by point.

    Attributes
    ----------
    centre, width : (n_points,)
        ``c ~ Normal(centre, width^2)``, cut at 0; width 0 fixes it.
    free : (n_points,)
        ``s^2``, the variance left to the labels.
    noise : (n_points,)
        Variance of Normal noise, or scale of Laplace noise.
    log_mass : (n_points,)
        Log of the prior mass.
    """

    centre: Array
    width: Array
    free: Array
    noise: Array
    log_mass: Array


@dataclass(frozen=True)
class GridPosterior:
    """One belief at every point of its grid, solved in closed form.

    With ``w = c T + d`` the target along direction k of the spectrum is Normal around ``c m_k``
    with variance ``noise + free * value_k``: all that is left is one number, c.

    Attributes
    ----------
    spectrum
        The rows, in the coordinates of the belief's column variances.
    grid
        The sizes it allows.
    direction : (n_columns,)
        T; all 0 without a teacher.
    """

    spectrum: Spectrum
    grid: SizeGrid
    direction: Array

    @cached_property
    def along(self) -> Array:
        """What T predicts along each direction of the spectrum (rank,)."""
        return self.spectrum.along(self.direction)

    @cached_property
    def precision(self) -> Array:
        """One over the variance of the target along each direction (n_points, rank)."""
        free, noise = self.grid.free[:, None], self.grid.noise[:, None]
        found: Array = 1.0 / (noise + free * self.spectrum.values)
        return found

    @cached_property
    def posterior_of_size(self) -> tuple[Array, Array]:
        """Mean and standard deviation of c (n_points,), before it is cut at 0."""
        pull = self.precision @ (self.spectrum.target * self.along)
        inertia = self.precision @ self.along**2
        variance = self.grid.width**2
        mean = (self.grid.centre + variance * pull) / (1.0 + variance * inertia)
        return mean, self.grid.width / np.sqrt(1.0 + variance * inertia)

    @cached_property
    def log_evidence(self) -> Array:
        """Log probability of the target (n_points,), up to what the noise alone decides."""
        grid, target = self.grid, self.spectrum.target
        squares = self.precision @ target**2 + self.spectrum.rest / grid.noise
        spread = np.log1p((grid.free / grid.noise)[:, None] * self.spectrum.values).sum(axis=1)
        evidence: Array = -0.5 * (squares + spread)
        if not self.direction.any():
            return evidence
        pull = self.precision @ (target * self.along)
        inertia = self.precision @ self.along**2
        room = 1.0 + grid.width**2 * inertia
        gain = grid.centre * pull + 0.5 * (grid.width * pull) ** 2 - 0.5 * grid.centre**2 * inertia
        evidence += gain / room - 0.5 * np.log(room)
        mean, sd = self.posterior_of_size
        cut = sd > 0
        evidence[cut] += log_ndtr(mean[cut] / sd[cut])
        evidence[cut] -= log_ndtr(grid.centre[cut] / grid.width[cut])
        return evidence

    @cached_property
    def size(self) -> Array:
        """Posterior mean (n_points,) of c."""
        mean, sd = self.posterior_of_size
        cut = sd > 0
        at = mean[cut] / sd[cut]
        # the mean of a Normal cut at 0; log_ndtr keeps it finite far below
        beyond = np.exp(-0.5 * at**2 - 0.5 * math.log(2 * math.pi) - log_ndtr(at))
        found: Array = mean.copy()
        found[cut] = np.maximum(mean[cut] + sd[cut] * beyond, 0.0)
        return found

    def deviation(self, masses: Array) -> Array:
        """Return the mean (n_columns,) of d over the grid, each point times its mass."""
        shrunk = (masses * self.grid.free)[:, None] * self.precision  # (n_points, rank)
        kept = shrunk.sum(axis=0) * self.spectrum.target - (self.size @ shrunk) * self.along
        found: Array = self.spectrum.basis @ (np.sqrt(self.spectrum.values) * kept)
        return found

    def unsettled(self, masses: Array) -> Array:
        """Return the posterior variance (rank,) of d along each direction, over the grid."""
        found: Array = (masses * self.grid.free * self.grid.noise) @ self.precision
        return found

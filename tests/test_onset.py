"""Whether a signal rises with the load."""

import numpy as np
import pytest

from diagnose.onset import grows_with

SECONDS = np.arange(60.0)
LOAD, ALL = 2.0 * SECONDS, np.ones(60, bool)


@pytest.mark.parametrize(
    ("values", "grows"),
    [
        (LOAD / 3, True),
        (np.where(SECONDS >= 54, 1.2, 0.0), True),  # a limit that only the top of a ramp meets
        (np.where(SECONDS == 54, 1.2, 0.0), False),  # one event may be chance
        (np.where(SECONDS % 20 == 0, 1.0, 0.0), False),
        (np.full(60, 3.0), False),
    ],
)
def test_what_shows_only_at_high_load_grows_with_it(values, grows):
    assert grows_with(values, (LOAD,), ALL) is grows

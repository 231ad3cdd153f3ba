"""NumPy's types for annotations, without the 25 ms that `import numpy.typing` costs a program that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
else:
    ArrayLike = Any

    class NDArray:
        """Stands for `numpy.typing.NDArray` at run time."""

        def __class_getitem__(cls, item: Any) -> type[np.ndarray]:
            return np.ndarray


__all__ = ["ArrayLike", "NDArray"]
